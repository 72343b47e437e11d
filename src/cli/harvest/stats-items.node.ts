/**
 * The transcripts that `chambers harvest stats` looks at, out of the desk. Reads, and changes nothing. What is sealed without a key
 * counts as unreadable, and its row still tells the rest.
 */
import type { StatsItem } from '../../harvest/stats/stats.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { Open } from '../../transcript/seal/open.ts'
import {
  type AskedTranscripts,
  allTranscripts,
  openStored,
  readTranscript,
} from '../desk/ask-transcripts.node.ts'
import type { AdminClient } from '../shell/admin-client.ts'

export async function* statsItems(
  client: AdminClient,
  asked: AskedTranscripts,
  open: Open | null,
): AsyncGenerator<StatsItem> {
  for await (const listed of allTranscripts(client, asked)) {
    const hasContent = listed.contentBytes > 0
    const sections = listed.sections.map((section) => ` ${section} `).join('')
    yield {
      // Where its content lies is not told: that it has some is all that is counted.
      row: {
        ...listed,
        sections,
        totalMs: listed.totalMs ?? 0,
        modelMs: listed.modelMs ?? 0,
        contentKey: hasContent ? listed.id : null,
      },
      transcript: hasContent ? await readContent(client, listed.id, open) : null,
    }
  }
}

async function readContent(
  client: AdminClient,
  id: string,
  open: Open | null,
): Promise<Transcript | null> {
  const stored = await readTranscript(client, id)
  if (!stored || (stored.sealed !== null && !open)) return null
  return openStored(stored, open)
}
