/** The queues behind the answers on Node: shadowed requests, and drafts for a candidate. In memory, bounded, never waited for. */
import { type Background, createBackground } from '../../http/background.ts'
import { type CandidateJob, weightOf } from '../../v1/run-candidate.ts'
import type { ShadowJob } from '../../v1/shadow.ts'

export type BehindAnswers = {
  readonly shadows: Background<ShadowJob>
  readonly candidates: Background<CandidateJob>
}

export type BehindAnswersOptions = {
  /** So many of each kind are under way at once. */
  readonly concurrency: number
  /** What all requests together may hold: what runs behind them takes a quarter of it besides. */
  readonly bytesInFlight: number
  readonly runShadow: (job: ShadowJob) => Promise<void>
  readonly dropShadow: (job: ShadowJob) => void
  readonly runCandidate: (job: CandidateJob) => Promise<void>
  readonly dropCandidate: (job: CandidateJob) => void
}

const SHADOW_ROOM = 200
/** Of bodies that wait, in characters. */
const SHADOW_ROOM_TEXT = 64 * 1024 * 1024
const CANDIDATE_ROOM = 200
/** Of conversations that wait for a candidate, in characters. */
const CANDIDATE_ROOM_TEXT = 16 * 1024 * 1024

export function createBehindAnswers(options: BehindAnswersOptions): BehindAnswers {
  const { bytesInFlight } = options
  const weightAtOnce = bytesInFlight / 4
  return {
    shadows: createBackground<ShadowJob>({
      run: options.runShadow,
      concurrency: options.concurrency,
      weightAtOnce,
      room: SHADOW_ROOM,
      weigh: ({ body }) => body.length,
      roomByWeight: Math.min(SHADOW_ROOM_TEXT, bytesInFlight),
      onDropped: options.dropShadow,
    }),
    candidates: createBackground<CandidateJob>({
      run: options.runCandidate,
      concurrency: options.concurrency,
      weightAtOnce,
      room: CANDIDATE_ROOM,
      weigh: weightOf,
      roomByWeight: Math.min(CANDIDATE_ROOM_TEXT, bytesInFlight),
      onDropped: options.dropCandidate,
    }),
  }
}
