/** Appends many entries so that one the store refuses does not hold back the others. I/O through the store. */
import type { Result } from '../../lib/result.ts'
import { fail, succeed } from '../../lib/result.ts'
import type { TranscriptEntry } from './entry.ts'
import type { AppendFailure, TranscriptStore } from './store.ts'

/**
 * All at once; where that is refused, one by one. Succeeds with the entries refused for good; fails when the store is
 * unavailable, with some of them perhaps appended.
 */
export async function appendEach<Entry extends TranscriptEntry>(
  store: TranscriptStore,
  entries: readonly Entry[],
): Promise<Result<readonly Entry[], AppendFailure>> {
  if (entries.length === 0) return succeed([])
  const together = await store.append(entries)
  if (together.ok) return succeed([])
  if (together.failure.reason === 'unavailable') return fail(together.failure)
  if (entries.length === 1) return succeed(entries)
  const refused: Entry[] = []
  for (const entry of entries) {
    const alone = await store.append([entry])
    if (alone.ok) continue
    if (alone.failure.reason === 'unavailable') return fail(alone.failure)
    refused.push(entry)
  }
  return succeed(refused)
}
