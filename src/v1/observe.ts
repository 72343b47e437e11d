/**
 * Behind each deliberated answer: counts it on its side of a rollout, and gives it to the candidate that is run beside.
 * Never before the answer has left, and nothing of it can fail or delay a request.
 */
import { meaningOf } from '../conversation/failures.ts'
import type { Deliberation } from '../conversation/outcome.ts'
import { nextTurn } from '../lib/in-turns.ts'
import { rolloutOf } from '../policy/repository.ts'
import type { Observations, ServedRequest } from '../revisions/watching/observations.ts'
import type { Exchange, GatewayContext } from './exchange.ts'
import type { RecordedExchange } from './record.ts'
import { type CandidateJob, candidateJobOf } from './run-candidate.ts'

export type ObservePorts = {
  readonly observations: Observations
  /** Runs a candidate, now or when there is room; resolves at once where something else keeps it alive. */
  readonly enqueueCandidate: (job: CandidateJob) => void | Promise<void>
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  readonly report: (error: unknown, requestId: string) => void
}

/** Takes a deliberation whose transcript is written. */
export type Observe = (c: GatewayContext, exchange: Exchange, deliberation: Deliberation) => void

export function createObserve(ports: ObservePorts): Observe {
  const { observations, defer, report } = ports
  return function observe(c, exchange, deliberation) {
    const look = async () => {
      // The answer is on its way first.
      await nextTurn()
      observeServed(observations, exchange, deliberation)
      const { candidate, cohort } = exchange
      if (!candidate || !cohort) return
      const job = candidateJobOf(exchange, candidate, deliberation)
      if (job) await ports.enqueueCandidate(job)
      else observations.dropped(rolloutOf(cohort, candidate.id), cohort.version)
    }
    defer(
      c,
      look().catch((error: unknown) => report(error, exchange.requestId)),
    )
  }
}

/** Counts a deliberation on the side of the rollout that served it. */
export function observeServed(
  observations: Observations,
  { cohort }: Pick<RecordedExchange, 'cohort'>,
  deliberation: Deliberation,
): void {
  const { bundle, selection, attempts, outcome, timings } = deliberation
  const judgeFailed = attempts.some(({ judgeFailures }) => judgeFailures.length > 0)
  observations.served({
    policy: bundle.id,
    digest: bundle.digest,
    cohort: isCallersOwn(deliberation) ? null : cohort,
    fired: (selection?.sections ?? []).filter(({ full }) => full).map(({ section }) => section.id),
    refused: isRefusal(deliberation),
    judgeFailed,
    failed: !outcome.ok && !judgeFailed,
    totalMs: timings.totalMs,
  } satisfies ServedRequest)
}

/** What a caller alone brought about says nothing of a revision. */
function isCallersOwn({ outcome }: Deliberation): boolean {
  return !outcome.ok && meaningOf(outcome.failure).callersOwn
}

/** True when any choice is a substitute, or a draft that declared to refuse. */
function isRefusal({ outcome, attempts }: Deliberation): boolean {
  if (!outcome.ok) return false
  return outcome.value.choices.some(({ index, kind, attempt }) => {
    const released = attempts.find(({ choice, number }) => choice === index && number === attempt)
    return kind === 'substituted' || released?.draft?.decision === 'refuse'
  })
}
