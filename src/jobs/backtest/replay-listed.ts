/** What becomes of one listed transcript: replayed, or skipped with its reason. I/O through the ports. */
import { FAILURES } from '../../conversation/failures.ts'
import { type Logged, readLogged, type SkipReason } from './logged.ts'
import type { Replayed } from './replay.ts'
import type { Listed, ScanSource } from './scan.ts'
import type { Finished } from './tally.ts'

export type ReplayListedPorts = {
  readonly read: ScanSource['read']
  readonly replay: (logged: Logged) => Promise<Replayed>
}

export async function replayListed(
  { read, replay }: ReplayListedPorts,
  listed: Listed,
): Promise<Finished> {
  const { id, consent, hasContent } = listed
  const skip = (reason: SkipReason): Finished => ({ kind: 'skipped', id, reason })
  if (consent === 'none') return skip('no_consent')
  if (!hasContent) return skip('no_content')
  const transcript = await read(id)
  if (!transcript) return skip('unreadable')
  const logged = readLogged(transcript)
  if (!logged.ok) return skip(logged.failure)
  const { labelled } = logged.value
  return { kind: 'replayed', id, labelled, ...(await replay(logged.value)) }
}

/** True where no verdict came because the judge was out of reach, which says nothing of the draft. */
export function isUnreached(finished: Finished): boolean {
  return sidesOf(finished).some(
    (side) => side.kind === 'failure' && FAILURES[side.reason].batch === 'transient',
  )
}

/** True where a verdict was asked for, and came. */
export function wasAnswered(finished: Finished): boolean {
  return sidesOf(finished).some((side) => side.kind === 'verdict' && side.source === 'asked')
}

function sidesOf(finished: Finished) {
  if (finished.kind === 'skipped' || !finished.judged) return []
  return [finished.judged.from, finished.judged.to]
}
