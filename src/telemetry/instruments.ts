/**
 * The metrics port over OpenTelemetry instruments: names, units and buckets of everything the gateway counts. No I/O.
 * Labels pass the same closed list as span attributes.
 */
import type { Meter } from '@opentelemetry/api'
import type { Clock } from '../lib/clock.ts'
import { admitAttributes, admitReason } from './attributes.ts'
import type { Metrics } from './metrics.ts'

/** Seconds; fine where the gateway's own cost lies, coarse above. */
const OVERHEAD_BUCKETS = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
]
/** Seconds and tokens, as the GenAI conventions advise. */
const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
]

/** By GenAI convention drafts and reviews are both chats; what they are for is a label of ours. */
const CHAT = { 'gen_ai.operation.name': 'chat' }

export function createMetrics(meter: Meter, clock: Clock): Metrics {
  const counter = (name: string, unit: string) => meter.createCounter(name, { unit })
  const histogram = (name: string, unit: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { unit, advice: { explicitBucketBoundaries } })

  const requests = counter('chambers.requests', '{request}')
  const redrafts = counter('chambers.redrafts', '{redraft}')
  const findings = counter('chambers.findings', '{finding}')
  const judgeFailures = counter('chambers.judge.failures', '{failure}')
  const transcripts = counter('chambers.transcripts', '{transcript}')
  const states = counter('chambers.state', '{turn}')
  const halts = counter('chambers.rollout.halts', '{halt}')
  const overhead = histogram('chambers.overhead', 's', OVERHEAD_BUCKETS)
  const firstByte = histogram('chambers.time_to_first_answer_byte', 's', DURATION_BUCKETS)
  const tokens = histogram('gen_ai.client.token.usage', '{token}', TOKEN_BUCKETS)
  const duration = histogram('gen_ai.client.operation.duration', 's', DURATION_BUCKETS)
  const policyActivated = observeAges(meter, clock)

  return {
    requestEnded({ outcome, mode, policyDigest, code }) {
      requests.add(
        1,
        admitAttributes({
          'chambers.outcome': outcome,
          'chambers.mode': mode,
          'chambers.policy.digest': policyDigest,
          'chambers.code': code,
        }),
      )
    },
    overhead: (ms, mode) => overhead.record(ms / 1000, { 'chambers.mode': mode }),
    timeToFirstAnswerByte: (ms, mode) => firstByte.record(ms / 1000, { 'chambers.mode': mode }),
    redrafted: (digest) => redrafts.add(1, admitAttributes({ 'chambers.policy.digest': digest })),
    finding(section, finding) {
      findings.add(1, admitAttributes({ 'chambers.section': section, 'chambers.finding': finding }))
    },
    judgeFailed: (reason) => judgeFailures.add(1, { 'error.type': admitReason(reason) }),
    tokens({ operation, model }, input, output) {
      const labels = {
        ...CHAT,
        ...admitAttributes({ 'gen_ai.request.model': model, 'chambers.operation': operation }),
      }
      tokens.record(input, { ...labels, 'gen_ai.token.type': 'input' })
      tokens.record(output, { ...labels, 'gen_ai.token.type': 'output' })
    },
    modelCallEnded({ operation, model, failure }, ms) {
      duration.record(ms / 1000, {
        ...CHAT,
        ...admitAttributes({ 'gen_ai.request.model': model, 'chambers.operation': operation }),
        ...(failure !== null && { 'error.type': admitReason(failure) }),
      })
    },
    transcript: (fate, why) =>
      transcripts.add(1, { 'chambers.fate': fate, ...(why && { 'chambers.reason': why }) }),
    state: (fate) => states.add(1, { 'chambers.fate': fate }),
    policyActivated,
    rolloutHalted(policy, reason) {
      halts.add(1, admitAttributes({ 'chambers.policy.id': policy, 'chambers.reason': reason }))
    },
  }
}

/** The digest that serves each policy, and for how long, read whenever metrics are collected. */
function observeAges(meter: Meter, clock: Clock): Metrics['policyActivated'] {
  const active = new Map<string, { readonly digest: string; readonly sinceMs: number }>()
  const gauge = meter.createObservableGauge('chambers.policy.active.age', { unit: 's' })
  gauge.addCallback((result) => {
    for (const [policy, { digest, sinceMs }] of active) {
      const labels = { 'chambers.policy.id': policy, 'chambers.policy.digest': digest }
      result.observe((clock.monotonic() - sinceMs) / 1000, admitAttributes(labels))
    }
  })
  return (policy, digest) => {
    if (active.get(policy)?.digest === digest) return
    active.set(policy, { digest, sinceMs: clock.monotonic() })
  }
}
