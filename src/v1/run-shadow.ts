/**
 * Runs the deliberation of a shadowed request behind its answer, and then the candidate beside it: here, or wherever a queue
 * has carried the job. It never rejects; what cannot be deliberated or recorded is counted as dropped.
 */
import type { Deliberation } from '../conversation/outcome.ts'
import { startDeadline } from '../http/deadline.ts'
import { isJsonObject, parseJson } from '../lib/json.ts'
import type { Span } from '../lib/tracing.ts'
import { rolloutOf } from '../policy/repository.ts'
import type { Bundle } from '../policy/section.ts'
import type { Observations } from '../revisions/watching/observations.ts'
import type { Metrics, WhyDropped } from '../telemetry/metrics.ts'
import { digestReceived, type Sha256 } from '../transcript/record/received.ts'
import { DOORS } from '../wire/doors.ts'
import type { Carry, RecalledRequest } from './carry.ts'
import type { Deliberate } from './enforce.ts'
import type { Exchange } from './exchange.ts'
import { observeServed } from './observe.ts'
import type { RelayNote } from './off.ts'
import { type RecordPorts, recordDeliberation } from './record.ts'
import { candidateJobOf, type RunCandidate } from './run-candidate.ts'
import type { ShadowJob } from './shadow.ts'

export type RunShadowPorts = RecordPorts & {
  /** The bundle that the request was pinned to, and the candidate beside it. */
  readonly findBundle: (policy: string, digest: string) => Bundle | null | Promise<Bundle | null>
  readonly carry: Pick<Carry, 'recall'>
  readonly deliberate: Deliberate
  readonly observations: Observations
  readonly runCandidate: RunCandidate
  /** Keeps a row without content of what was not deliberated upon. */
  readonly recordRelay: (exchange: DroppedExchange, note: RelayNote) => void | Promise<void>
  readonly deadlineMs: number
  readonly startSpan: (exchange: ShadowJob['exchange'], traceparent: undefined) => Span
  readonly metrics: Metrics
  readonly sha256: Sha256
  readonly report: (error: unknown, requestId: string) => void
}

export type RunShadow = (job: ShadowJob) => Promise<void>

/** A job's exchange with the bundle that it was pinned to. */
export type DroppedExchange = ShadowJob['exchange'] & Pick<Exchange, 'bundle'>

export type DropPorts = Pick<RunShadowPorts, 'findBundle' | 'recordRelay' | 'metrics'>

/** Counts a job that is not run, and leaves a row that says why. It never rejects. */
export async function dropShadow(
  ports: DropPorts,
  { exchange, policy }: ShadowJob,
  dropped: WhyDropped,
): Promise<void> {
  ports.metrics.transcript('dropped', dropped)
  const bundle = await findOrNull(ports, policy)
  // The upstream has answered it, or there were no job; how long that took is not known any more.
  if (bundle) await ports.recordRelay({ ...exchange, bundle }, { status: 200, totalMs: 0, dropped })
}

/** Where it cannot be looked for, there is no row to be written either; that is told elsewhere. */
async function findOrNull(
  { findBundle }: DropPorts,
  { id, digest }: ShadowJob['policy'],
): Promise<Bundle | null> {
  try {
    return await findBundle(id, digest)
  } catch {
    return null
  }
}

export function createRunShadow(ports: RunShadowPorts): RunShadow {
  return async function runShadow(job) {
    const deliberation = await deliberateAndCount(ports, job)
    if (!deliberation) return
    try {
      await runCandidate(ports, job, deliberation)
    } catch (error) {
      ports.report(error, job.exchange.requestId)
    }
  }
}

/** Null where nothing was deliberated or recorded. */
async function deliberateAndCount(
  ports: RunShadowPorts,
  job: ShadowJob,
): Promise<Deliberation | null> {
  try {
    const bundle = await ports.findBundle(job.policy.id, job.policy.digest)
    const read = bundle && (await readJob(ports, job, bundle))
    if (bundle && read) return await deliberateAndRecord(ports, job, { bundle, ...read })
    await dropShadow(ports, job, bundle ? 'unreadable' : 'bundle_gone')
  } catch (error) {
    ports.report(error, job.exchange.requestId)
    await dropShadow(ports, job, 'defect')
  }
  return null
}

type ReadJob = RecalledRequest & { readonly received: string | null }

async function deliberateAndRecord(
  ports: RunShadowPorts,
  { exchange }: ShadowJob,
  { bundle, asked, stale, received }: ReadJob & { readonly bundle: Bundle },
): Promise<Deliberation> {
  const deadline = startDeadline({ ms: ports.deadlineMs })
  const span = ports.startSpan(exchange, undefined)
  try {
    const { signal } = deadline
    const deliberation = await ports.deliberate(asked.inquiry, { bundle, signal, span })
    const request = asked.body
    await recordDeliberation(ports, exchange, { request, received, stale, deliberation })
    observeServed(ports.observations, exchange, deliberation)
    return deliberation
  } finally {
    deadline.end()
    span.end()
  }
}

/** Where one is staged beside the bundle: its word on the draft that the deliberation has judged. */
async function runCandidate(
  ports: RunShadowPorts,
  { exchange, policy }: ShadowJob,
  deliberation: Deliberation,
): Promise<void> {
  // A job that an older program has queued knows of no candidate.
  if (!policy.candidate || !exchange.cohort) return
  const { move, version } = exchange.cohort
  const candidate = await ports.findBundle(move?.to ?? policy.id, policy.candidate)
  const job = candidate && candidateJobOf(exchange, candidate, deliberation)
  if (job) await ports.runCandidate(job)
  else ports.observations.dropped(rolloutOf(exchange.cohort, policy.id), version)
}

async function readJob(
  { sha256, carry }: Pick<RunShadowPorts, 'sha256' | 'carry'>,
  { body, exchange }: ShadowJob,
  bundle: Bundle,
): Promise<ReadJob | null> {
  const parsed = parseJson(body, { exact: true, unique: true })
  const received =
    parsed.ok && isJsonObject(parsed.value) ? await digestReceived(parsed.value, sha256) : null
  if (!parsed.ok) return null
  const { hostedTools } = bundle.deliberation
  const asked = DOORS[exchange.door].read(parsed.value, { mode: 'shadow', hostedTools })
  if (!asked.ok) return null
  return { ...(await carry.recall({ ...exchange, bundle }, asked.value)), received }
}
