/**
 * Runs the deliberation of a shadowed request behind its answer: here, or wherever a queue has carried the job.
 * It never rejects; what cannot be deliberated or recorded is counted as dropped.
 */
import type { Inquiry } from '../deliberation/outcome.ts'
import type { JsonObject } from '../lib/json.ts'
import { parseJson } from '../lib/json.ts'
import type { Span } from '../lib/tracing.ts'
import type { Bundle } from '../policy/section.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { readChatRequest } from '../wire/chat-request.ts'
import { inquiryFromChat } from '../wire/inquiry.ts'
import type { Deliberate } from './conclude.ts'
import { startDeadline } from './deadline.ts'
import { type RecordPorts, recordDeliberation } from './record-exchange.ts'
import type { ShadowJob } from './shadow.ts'

export type RunShadowPorts = RecordPorts & {
  /** The bundle that the request was pinned to. */
  readonly findBundle: (policy: string, digest: string) => Bundle | null | Promise<Bundle | null>
  readonly deliberate: Deliberate
  readonly deadlineMs: number
  readonly startSpan: (exchange: ShadowJob['exchange'], traceparent: undefined) => Span
  readonly metrics: Metrics
  readonly report: (error: unknown, requestId: string) => void
}

export type RunShadow = (job: ShadowJob) => Promise<void>

export function createRunShadow(ports: RunShadowPorts): RunShadow {
  return async function runShadow(job) {
    try {
      const bundle = await ports.findBundle(job.policy.id, job.policy.digest)
      const read = bundle && readJob(job, bundle)
      // A bundle that is gone and a request that nobody could deliberate upon leave nothing to record.
      if (!bundle || !read) ports.metrics.transcript('dropped')
      else await deliberateAndRecord(ports, job, { bundle, ...read })
    } catch (error) {
      ports.metrics.transcript('dropped')
      ports.report(error, job.exchange.requestId)
    }
  }
}

type ReadJob = { readonly inquiry: Inquiry; readonly request: JsonObject }

async function deliberateAndRecord(
  ports: RunShadowPorts,
  { exchange }: ShadowJob,
  { bundle, inquiry, request }: ReadJob & { readonly bundle: Bundle },
): Promise<void> {
  const deadline = startDeadline({ ms: ports.deadlineMs })
  const span = ports.startSpan(exchange, undefined)
  try {
    const { signal } = deadline
    const deliberation = await ports.deliberate(inquiry, { bundle, signal, span })
    await recordDeliberation(ports, exchange, { request, deliberation })
  } finally {
    deadline.end()
    span.end()
  }
}

function readJob({ body }: ShadowJob, bundle: Bundle): ReadJob | null {
  const parsed = parseJson(body)
  const request = parsed.ok ? readChatRequest(parsed.value) : parsed
  if (!request.ok) return null
  const { hostedTools } = bundle.deliberation
  const inquiry = inquiryFromChat(request.value, { mode: 'shadow', hostedTools })
  return inquiry.ok ? { inquiry: inquiry.value, request: request.value.body } : null
}
