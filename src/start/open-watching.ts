/**
 * The part of the composition root that watches over policies: what this instance counts, what it tells the others, the
 * candidates it runs beside, and the rollouts that are halted. Made once per process or isolate.
 */
import type { Database } from '../database/database.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { VERSION } from '../lib/version.ts'
import type { PolicyRepository } from '../policy/repository.ts'
import type { PolicyControl } from '../revisions/control/control.ts'
import {
  type CandidateReviews,
  createCandidateReviews,
} from '../revisions/watching/candidate-reviews.ts'
import { createHeartbeat } from '../revisions/watching/heartbeat.ts'
import { createInstanceStore } from '../revisions/watching/instances.ts'
import { createObservations, type Observations } from '../revisions/watching/observations.ts'
import { createReadStatus, type ReadStatus } from '../revisions/watching/read-status.ts'
import { createWatchRollouts } from '../revisions/watching/watch-rollouts.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { createGather } from '../transcript/store/gather.ts'
import type { GatewayContext } from '../v1/exchange.ts'
import { createObserve, type Observe } from '../v1/observe.ts'
import {
  type CandidateJob,
  createRunCandidate,
  type RunCandidate,
  type RunCandidatePorts,
} from '../v1/run-candidate.ts'

export type WatchingOptions = {
  readonly database: Database
  readonly policies: PolicyRepository
  readonly control: Pick<PolicyControl, 'states' | 'halt'>
  readonly review: RunCandidatePorts['judgeAnswer']
  /** So long a candidate may take. */
  readonly candidateMs: number
  readonly leaving: AbortSignal | null
  readonly enqueueCandidate: (job: CandidateJob) => void | Promise<void>
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  /** True where nothing runs between requests. */
  readonly behindRequests: boolean
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly random: Random
  readonly report: (error: unknown, requestId: string) => void
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
  const { database, policies, control, telemetry, clock, random, defer, report } = options
  const { metrics } = telemetry
  const observations = createObservations()
  const candidateReviews = createCandidateReviews(database)
  const store = createInstanceStore(database)
  const status = () => policies.status()
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
    findBundle: (policy: string, digest: string) => policies.find(policy, digest),
  }
  const watch = createWatchRollouts({
    ...looking,
    halt: (halt, actor) => control.halt(halt, actor),
    onHalted: (policy, reason) => metrics.rolloutHalted(policy, reason),
    report: (error) => report(error, 'watch'),
  })
  const pulse = async () => {
    await heartbeat.beat()
    if (status().some(({ candidate }) => candidate !== null)) await watch()
  }
  const gather = options.behindRequests
    ? createGather({ flush: pulse, clock, gatherMs: PULSE_MS })
    : () => null
  return {
    observations,
    candidateReviews,
    observe: createObserve({
      observations,
      defer,
      report,
      async enqueueCandidate(job) {
        await options.enqueueCandidate(job)
        await gather()
      },
    }),
    runCandidate: createRunCandidate({
      observations,
      report,
      judgeAnswer: options.review,
      reviews: candidateReviews,
      deadlineMs: options.candidateMs,
      leaving: options.leaving,
      startSpan: ({ exchange, candidate }) =>
        telemetry.span('candidate', {
          attributes: {
            'chambers.transcript.id': exchange.transcriptId,
            'chambers.policy.id': candidate.id,
            'chambers.policy.digest': candidate.digest,
          },
        }),
    }),
    dropCandidate: ({ candidate, version }) => observations.dropped(candidate.id, version),
    readStatus: createReadStatus(looking),
    pulse,
    pulseBehind: gather,
  }
}
