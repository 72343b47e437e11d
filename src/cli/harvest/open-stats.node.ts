/**
 * The transcripts that `chambers harvest stats` looks at: one by one through a gateway, or from end to end out of this machine's
 * database. Reads, and changes nothing. What is sealed without a key counts as unreadable, and its row still tells the rest.
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
import { openAtUrl, readConfigOf } from '../desk/open-desk.node.ts'
import { openOwn } from '../desk/own-ports.node.ts'
import { ANY_TRANSCRIPT } from '../policy/open-transcripts.node.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import type { Connection } from '../shell/admin-token.node.ts'
import { readStoreAsFarAsOpen } from './read-store.node.ts'

export type StatsSource = AsyncDisposable & { readonly items: AsyncIterable<StatsItem> }

/** @throws UsageError when a URL comes without a token. */
export async function openStats(
  connection: Connection,
  asked: AskedTranscripts,
  open: Open | null,
): Promise<StatsSource> {
  const desk = await openAtUrl(connection)
  if (desk) {
    const items = itemsOf(desk.client, asked, open)
    return { items, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() }
  }
  const own = await openOwn(await readConfigOf(connection))
  const source = await readStoreAsFarAsOpen(own, { ...ANY_TRANSCRIPT, ...asked }, open)
  const items = source.read(() => true)
  return { items, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
}

async function* itemsOf(
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
