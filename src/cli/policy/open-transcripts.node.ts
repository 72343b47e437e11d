/**
 * Stored transcripts for a backtest, out of the desk. Reads, and changes nothing. The key that opens sealed transcripts goes to
 * nobody.
 */
import type { ScanFilter, ScanSource } from '../../jobs/backtest/scan.ts'
import type { Open } from '../../transcript/seal/open.ts'
import type { TranscriptFilter } from '../../transcript/store/list.ts'
import {
  type AskedTranscripts,
  countTranscripts,
  listTranscripts,
  openStored,
  readTranscript,
} from '../desk/ask-transcripts.node.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import type { Connection } from '../shell/admin-token.node.ts'

export type OpenTranscripts = ScanSource & AsyncDisposable

/** @throws UsageError when a URL comes without a token. */
export async function openTranscripts(
  connection: Connection,
  open: Open | null = null,
): Promise<OpenTranscripts> {
  const desk = await openDesk(connection)
  const { client } = desk
  return {
    async list(filter, page) {
      const rows = await listTranscripts(client, askedOf(filter), page)
      return rows.map(({ id, time, consent, contentBytes }) => {
        return { id, time, consent, hasContent: contentBytes > 0 }
      })
    },
    async read(id) {
      const stored = await readTranscript(client, id)
      const transcript = stored && (await openStored(stored, open))
      return transcript && { ...transcript, labels: stored.labels }
    },
    count: (filter) => countTranscripts(client, askedOf(filter)),
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  }
}

/** A filter that asks for nothing. */
export const ANY_TRANSCRIPT: TranscriptFilter = {
  tenants: null,
  policy: null,
  digest: null,
  outcome: null,
  decision: null,
  section: null,
  app: null,
  session: null,
  mode: null,
  model: null,
  from: null,
  to: null,
}

function askedOf({ policy, since, until, app }: ScanFilter): AskedTranscripts {
  return { policy, app, from: since, to: until }
}
