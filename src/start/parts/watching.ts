/**
 * What watches over policies: what this instance counts, what it tells the others, the candidates it runs beside, and the
 * rollouts that are halted. Made once per process or isolate; nothing is told while it is made.
 */
import { VERSION } from '../../lib/version.ts'
import {
  type CandidateReviews,
  createCandidateReviews,
} from '../../revisions/watching/candidate-reviews.ts'
import { createHeartbeat } from '../../revisions/watching/heartbeat.ts'
import { createInstanceStore } from '../../revisions/watching/instances.ts'
import { createObservations, type Observations } from '../../revisions/watching/observations.ts'
import { createReadStatus, type ReadStatus } from '../../revisions/watching/read-status.ts'
import { createWatchRollouts } from '../../revisions/watching/watch-rollouts.ts'
import { createGather } from '../../transcript/store/gather.ts'
import { createObserve, type Observe } from '../../v1/observe.ts'
import { type CandidateJob, createRunCandidate, type RunCandidate } from '../../v1/run-candidate.ts'
import type { Platform } from '../platform.ts'
import type { Heart } from './heart.ts'
import type { Policies } from './policies.ts'

export type WatchingOptions = {
  readonly platform: Pick<
    Platform,
    | 'database'
    | 'clock'
    | 'random'
    | 'telemetry'
    | 'rows'
    | 'leaving'
    | 'defer'
    | 'enqueueCandidate'
    | 'report'
  >
  readonly policies: Policies
  readonly judgeAnswer: Heart['judgeAnswer']
  /** So long a candidate may take. */
  readonly candidateMs: number
}

export type Watching = {
  readonly observations: Observations
  readonly observe: Observe
  readonly runCandidate: RunCandidate
  /** Counts a candidate's job for which there was no room. */
  readonly dropCandidate: (job: CandidateJob) => void
  readonly candidateReviews: CandidateReviews
  readonly readStatus: ReadStatus
  /** Tells the other instances of this one, and looks at what is staged. Never rejects. */
  readonly pulse: () => Promise<void>
  /** The same behind requests, at most each second; null where another request does it or a timer. */
  readonly pulseBehind: () => Promise<void> | null
}

const PULSE_MS = 1_000

export function createWatching(options: WatchingOptions): Watching {
  const { clock, defer, rows, report } = options.platform
  const observations = createObservations()
  const candidateReviews = createCandidateReviews(options.platform.database)
  const { pulse, readStatus } = createPulse(options, observations)
  const pulseBehind =
    rows === 'behind requests'
      ? createGather({ flush: pulse, clock, gatherMs: PULSE_MS })
      : () => null
  const enqueueCandidate = async (job: CandidateJob) => {
    await options.platform.enqueueCandidate(job)
    await pulseBehind()
  }
  return {
    observations,
    candidateReviews,
    observe: createObserve({ observations, defer, report, enqueueCandidate }),
    runCandidate: createCandidateRunner(options, { observations, candidateReviews }),
    dropCandidate: ({ candidate, version }) => observations.dropped(candidate.id, version),
    readStatus,
    pulse,
    pulseBehind,
  }
}

function createPulse(
  { platform, policies }: WatchingOptions,
  observations: Observations,
): Pick<Watching, 'pulse' | 'readStatus'> {
  const { clock, random, telemetry, report } = platform
  const { repository, control } = policies
  const store = createInstanceStore(platform.database)
  const status = () => repository.status()
  const heartbeat = createHeartbeat({
    store,
    observations,
    status,
    clock,
    random,
    program: VERSION,
  })
  const looking = {
    store,
    heartbeat,
    clock,
    states: () => control.states(),
    findBundle: (policy: string, digest: string) => repository.find(policy, digest),
  }
  const watch = createWatchRollouts({
    ...looking,
    halt: (halt, actor) => control.halt(halt, actor),
    onHalted: (policy, reason) => telemetry.metrics.rolloutHalted(policy, reason),
    report: (error) => report(error, 'watch'),
  })
  return {
    readStatus: createReadStatus({ ...looking, heartbeat }),
    async pulse() {
      await heartbeat.beat()
      if (status().some(({ candidate }) => candidate !== null)) await watch()
    },
  }
}

function createCandidateRunner(
  { platform, judgeAnswer, candidateMs }: WatchingOptions,
  { observations, candidateReviews }: Pick<Watching, 'observations' | 'candidateReviews'>,
): RunCandidate {
  const { telemetry, leaving, report } = platform
  return createRunCandidate({
    observations,
    report,
    judgeAnswer,
    reviews: candidateReviews,
    deadlineMs: candidateMs,
    leaving,
    startSpan: ({ exchange, candidate }) =>
      telemetry.span('candidate', {
        attributes: {
          'chambers.transcript.id': exchange.transcriptId,
          'chambers.policy.id': candidate.id,
          'chambers.policy.digest': candidate.digest,
        },
      }),
  })
}
