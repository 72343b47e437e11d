/**
 * What one instance counts of its requests, in memory: the two sides of each rollout, what a candidate beside it would have
 * decided, and how often each section fired. Pure but for its own counters; plain numbers and ids, nothing anyone wrote.
 */
import { type Cohort, rolloutOf } from '../../policy/repository.ts'
import {
  type ArmTally,
  type BundleTally,
  type InstanceReport,
  NO_REQUESTS,
  NO_REVIEWS,
  type ReviewTally,
  type RolloutTally,
} from './instance-report.ts'

/** A request that has been deliberated upon. */
export type ServedRequest = {
  readonly policy: string
  readonly digest: string
  /** Null where no rollout is under way. */
  readonly cohort: Pick<Cohort, 'served' | 'version' | 'move' | 'through'> | null
  /** The ids of the sections injected in full. */
  readonly fired: readonly string[]
  readonly refused: boolean
  readonly judgeFailed: boolean
  readonly failed: boolean
  readonly totalMs: number
}

/** How a candidate's verdict on a draft compares with the active revision's. */
export type Agreement = 'agree' | 'only_active_fails' | 'only_candidate_fails' | 'unjudged'

export type ReviewedDraft = {
  readonly policy: string
  readonly version: number
  readonly agreement: Agreement
  readonly activePassed: boolean
  readonly activeMs: number
  readonly candidateMs: number
}

export type Observed = Pick<InstanceReport, 'rollouts' | 'bundles'>

export type Observations = {
  served(request: ServedRequest): void
  reviewed(draft: ReviewedDraft): void
  /** A candidate was to look at a request and never saw it. */
  dropped(policy: string, version: number): void
  report(): Observed
}

/** A request in flight while a rollout changes belongs to the version before. */
const KEPT_VERSIONS = 2
/** The active bundle, a staged one, and those before them. */
const KEPT_BUNDLES = 4

/** By policy, the newest first. */
type Tallies = {
  readonly rollouts: Map<string, readonly RolloutTally[]>
  readonly bundles: Map<string, readonly BundleTally[]>
}

export function createObservations(): Observations {
  const tallies: Tallies = { rollouts: new Map(), bundles: new Map() }
  return {
    served(request) {
      countBundle(tallies, request)
      // It counts for the rollout that it came to, and for the move by which it came.
      let cohort = request.cohort
      while (cohort) {
        const { served, version, through = null } = cohort
        const rollout = { policy: rolloutOf(cohort, request.policy), version }
        countRollout(tallies, rollout, (tally) => ({
          [served]: addRequest(tally[served], request),
        }))
        cohort = through
      }
    },
    reviewed: (draft) =>
      countRollout(tallies, draft, ({ reviews }) => ({ reviews: addReview(reviews, draft) })),
    dropped: (policy, version) =>
      countRollout(tallies, { policy, version }, ({ reviews }) => ({
        reviews: { ...reviews, dropped: reviews.dropped + 1 },
      })),
    report: () => ({
      rollouts: [...tallies.rollouts.values()].flat(),
      bundles: [...tallies.bundles.values()].flat(),
    }),
  }
}

function countRollout(
  { rollouts }: Tallies,
  { policy, version }: Pick<RolloutTally, 'policy' | 'version'>,
  add: (tally: RolloutTally) => Partial<RolloutTally>,
): void {
  const known = rollouts.get(policy) ?? []
  const tally = known.find((one) => one.version === version) ?? emptyRollout(policy, version)
  const others = known.filter((one) => one !== tally)
  const counted = [...others, { ...tally, ...add(tally) }].sort((a, b) => b.version - a.version)
  rollouts.set(policy, counted.slice(0, KEPT_VERSIONS))
}

function countBundle({ bundles }: Tallies, { policy, digest, fired }: ServedRequest): void {
  const known = bundles.get(policy) ?? []
  const tally = known.find((one) => one.digest === digest)
  const before = tally?.fired ?? {}
  const counts = fired.map((section) => [section, (before[section] ?? 0) + 1])
  const next = {
    policy,
    digest,
    requests: (tally?.requests ?? 0) + 1,
    fired: { ...before, ...Object.fromEntries(counts) },
  }
  // The one used last comes first, so that what is dropped serves nobody any more.
  const others = known.filter((one) => one !== tally)
  bundles.set(policy, [next, ...others].slice(0, KEPT_BUNDLES))
}

function emptyRollout(policy: string, version: number): RolloutTally {
  return { policy, version, active: NO_REQUESTS, candidate: NO_REQUESTS, reviews: NO_REVIEWS }
}

function addRequest(arm: ArmTally, request: ServedRequest): ArmTally {
  return {
    requests: arm.requests + 1,
    refused: arm.refused + Number(request.refused),
    judgeFailures: arm.judgeFailures + Number(request.judgeFailed),
    failed: arm.failed + Number(request.failed),
    totalMs: arm.totalMs + request.totalMs,
  }
}

function addReview(reviews: ReviewTally, draft: ReviewedDraft): ReviewTally {
  const reviewed = reviews.reviewed + 1
  const { agreement, activePassed } = draft
  if (agreement === 'unjudged') {
    return { ...reviews, reviewed, judgeFailures: reviews.judgeFailures + 1 }
  }
  const differ = agreement !== 'agree'
  const candidatePassed = differ ? !activePassed : activePassed
  return {
    ...reviews,
    reviewed,
    compared: reviews.compared + 1,
    disagreements: reviews.disagreements + Number(differ),
    candidateFailed: reviews.candidateFailed + Number(!candidatePassed),
    activeFailed: reviews.activeFailed + Number(!activePassed),
    activeMs: reviews.activeMs + draft.activeMs,
    candidateMs: reviews.candidateMs + draft.candidateMs,
  }
}
