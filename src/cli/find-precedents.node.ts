/**
 * Judged transcripts of a policy in this machine's database, as seeds for documents. Reads, and changes nothing.
 * Which ones they are is kept by the job that asks, so that the store may grow meanwhile.
 */
import type { Config } from '../config.ts'
import { mayBePrecedent, precedentOf } from '../harvest/msm/precedents.ts'
import type { TranscriptPlace } from '../transcript/list.ts'
import { openSink } from './open-sink.node.ts'
import { ANY_TRANSCRIPT } from './open-transcripts.node.ts'

const PAGE = 200

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
    const rows = await store.list({ ...ANY_TRANSCRIPT, policy }, { after, limit: PAGE })
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
