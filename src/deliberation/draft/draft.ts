/**
 * Makes the calls of one round of drafts: one, or two where a second call carries out what the first has deliberated.
 * In `auto`, instructions go where the model is known to take them, else where it first accepts them.
 * I/O through the model port. What comes back stays sealed (see split-choices.ts), and nothing of it is in a failure.
 */

import { isOfTheRequest } from '../../conversation/failures.ts'
import type {
  CallOptions,
  CallTimings,
  Completion,
  Model,
  ModelFailure,
  Prompt,
  Usage,
} from '../../conversation/model.ts'
import type { Inquiry, Strategy } from '../../conversation/outcome.ts'
import type { Random } from '../../lib/clock.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { type Span, within, withinSync } from '../../lib/tracing.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { callWhole } from '../call-whole.ts'
import { type CapabilityMemory, PLACEMENTS, type Placement } from '../memory.ts'
import type { Stopwatch } from '../usage.ts'
import { type Composition, renderDraft } from './compose.ts'
import { renderSecondPass } from './second-pass.ts'
import { type DraftRound, type RoundCalls, splitFirstPass } from './split-choices.ts'

export type PlacementSetting = 'auto' | Placement

export type DraftPorts = {
  readonly model: Model
  readonly memory: CapabilityMemory
  readonly placement: PlacementSetting
  readonly stopwatch: Stopwatch
  readonly random: Random
  readonly metrics: Metrics
}

export type DraftRequest = {
  readonly composition: Composition
  readonly strategy: Strategy
  readonly signal: AbortSignal
  readonly span: Span
  readonly onAccepted?: () => void
  readonly headers?: CallOptions['headers']
}

/** A round that a call ended: why, and what the pass before it cost; null where there was none. */
export type FailedRound = {
  readonly failure: ModelFailure
  readonly usage: Usage | null
  readonly timings: CallTimings | null
}

/** 16 hex digits: too many to guess within one call. */
const NONCE_BYTES = 8

export async function draft(
  ports: DraftPorts,
  request: DraftRequest,
): Promise<Result<RoundCalls, FailedRound>> {
  const { composition, strategy } = request
  const nonce = ports.random.hex(NONCE_BYTES)
  if (strategy === 'two-pass') return draftInTwoPasses(ports, request, nonce)
  const form = strategy === 'native' ? { kind: strategy } : { kind: strategy, nonce }
  const call = await complete(ports, request, (placement) =>
    renderDraft(composition, form, placement),
  )
  if (!call.ok) return fail({ failure: call.failure, usage: null, timings: null })
  const nonces = strategy === 'tagged' ? [nonce] : []
  const calls = [call.value] as const
  return succeed({ strategy, nonces, calls, boundary: form, prior: null, undone: null })
}

async function draftInTwoPasses(
  ports: DraftPorts,
  request: DraftRequest,
  nonce: string,
): Promise<Result<RoundCalls, FailedRound>> {
  const { composition, span } = request
  const first = await complete(ports, request, (placement) =>
    renderDraft(composition, { kind: 'first-pass', nonce }, placement),
  )
  if (!first.ok) return fail({ failure: first.failure, usage: null, timings: null })
  const prior = withinSync(span, 'split', () => splitFirstPass(first.value, composition, nonce))
  const common = {
    strategy: 'two-pass',
    nonces: [nonce],
    boundary: { kind: 'answer-only' },
  } as const
  if (!prior.ok) {
    return succeed({ ...common, calls: [first.value], prior: null, undone: prior.failure })
  }
  const second = await complete(ports, request, (placement) =>
    renderSecondPass(composition, prior.value.reasoning, placement),
  )
  if (!second.ok) {
    const { usage, timings } = first.value
    return fail({ failure: second.failure, usage, timings })
  }
  const calls = [first.value, second.value] as const
  return succeed({ ...common, calls, prior: prior.value, undone: null })
}

async function complete(
  ports: DraftPorts,
  { composition, signal, span: parent, onAccepted, headers }: DraftRequest,
  render: (placement: Placement) => Prompt,
): Promise<Result<Completion, ModelFailure>> {
  return within(parent, 'draft', async (span) => {
    const rendered = (placement: Placement) => withinSync(span, 'compose', () => render(placement))
    const options = { signal, span, ...(onAccepted && { onAccepted }), ...(headers && { headers }) }
    const asked = { modelId: composition.inquiry.model, render: rendered }
    const result = await callModel(ports, asked, options)
    if (!result.ok) span.fail(result.failure.reason)
    else if (result.value.usage) {
      const { promptTokens, completionTokens } = result.value.usage
      const labels = { operation: 'draft', model: result.value.model } as const
      ports.metrics.tokens(labels, promptTokens, completionTokens)
    }
    return result
  })
}

/** What is to be asked, in whichever placement the upstream takes. */
type Asked = { readonly modelId: string; readonly render: (placement: Placement) => Prompt }

/** Codes of rejections that another placement cannot mend. */
const OTHER_CAUSES: readonly (string | null)[] = [
  'context_length_exceeded',
  'model_not_found',
  'rate_limit_exceeded',
  'insufficient_quota',
  'content_filter',
  'content_policy_violation',
  'unsupported_parameter',
  'unsupported_value',
  'unknown_parameter',
]

async function callModel(
  ports: DraftPorts,
  { modelId, render }: Asked,
  options: CallOptions,
): Promise<Result<Completion, ModelFailure>> {
  const { model, memory, placement, stopwatch } = ports
  const complete = (prompt: Prompt) => stopwatch.during(() => callWhole(model, prompt, options))
  if (placement !== 'auto') return complete(render(placement))
  const known = memory.recall(modelId).placement
  const initial = known ?? PLACEMENTS[0]
  const attempt = async (tried: Placement) => {
    const result = await complete(render(tried))
    if (result.ok && tried !== known) memory.learn(modelId, { placement: tried })
    return result
  }
  const first = await attempt(initial)
  if (first.ok || !mayBePlacement(first.failure)) return first
  // What a template takes depends on the conversation too, so a placement that is known may still be refused.
  for (const other of PLACEMENTS.filter((tried) => tried !== initial)) {
    const result = await attempt(other)
    if (result.ok || !mayBePlacement(result.failure)) return result
  }
  // No placement helped, so the first rejection was about the request itself.
  return first
}

/** True for a rejection that the role or the position of the instructions may have caused. */
function mayBePlacement(failure: ModelFailure): boolean {
  if (!isOfTheRequest(failure)) return false
  if (OTHER_CAUSES.includes(failure.code)) return false
  return failure.param === null || failure.param.startsWith('messages')
}

/** Keeps what the round has settled about the model. */
export function learn(memory: CapabilityMemory, inquiry: Inquiry, round: DraftRound): void {
  const { model, demands } = inquiry
  const facts = memory.recall(model)
  const failures = round.choices.flatMap(({ result }) => (result.ok ? [] : [result.failure.reason]))
  const allFailed = (reason: string) =>
    failures.length === round.choices.length && failures.every((other) => other === reason)
  // Some models reason or not as each request asks them to, so what was seen last counts.
  if (round.choices.some(({ thought }) => thought)) {
    if (facts.reasoningField !== true) memory.learn(model, { reasoningField: true })
  } else if (round.strategy === 'native' && allFailed('no_reasoning')) {
    memory.learn(model, { reasoningField: false })
  }
  if (round.strategy === 'tagged' && demands.tools) {
    const called = round.choices.filter((choice) => choice.calledTools)
    if (called.some(({ result }) => result.ok)) memory.learn(model, { textBesideTools: true })
    else if (called.length > 0 && facts.textBesideTools === undefined) {
      if (allFailed('no_boundary')) memory.learn(model, { textBesideTools: false })
    }
  }
}
