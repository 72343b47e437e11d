/**
 * Judged transcripts of a policy in this machine's database, as seeds for documents. Reads, and changes nothing.
 * Which ones they are is kept by the job that asks, so that the store may grow meanwhile.
 */
import type { Config } from '../config.ts'
import { mayBePrecedent, precedentOf } from '../harvest/msm/precedents.ts'
import type { TranscriptFilter, TranscriptPlace } from '../transcript/list.ts'
import { openSink } from './open-sink.node.ts'

const PAGE = 200

/** A filter that asks for nothing. */
const ANY: TranscriptFilter = {
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

/** The newest so many; content that is sealed is none for a machine without the key. */
export async function findPrecedents(
  config: Config,
  { policy, count }: { readonly policy: string; readonly count: number },
): Promise<readonly string[]> {
  await using stored = await openSink(config)
  const { store } = stored
  const found: string[] = []
  let after: TranscriptPlace | null = null
  for (;;) {
    const rows = await store.list({ ...ANY, policy }, { after, limit: PAGE })
    for (const row of rows.filter(mayBePrecedent)) {
      const transcript = (await store.read(row.id))?.transcript
      const precedent = transcript ? precedentOf(transcript) : null
      if (precedent !== null) found.push(precedent)
      if (found.length >= count) return found
    }
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return found
    after = { time: last.time, id: last.id }
  }
}
