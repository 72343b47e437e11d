/**
 * Makes the calls of one round of drafts: one, or two where a second call carries out what the first has deliberated.
 * What the gateway adds to a call goes on the terms that its upstream takes (`call-on-terms.ts`).
 * I/O through the model port. What comes back stays sealed (see split-choices.ts), and nothing of it is in a failure.
 */

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
import { callOnTerms } from '../call-on-terms.ts'
import { callWhole } from '../call-whole.ts'
import type { CapabilityMemory } from '../memory.ts'
import { PLACEMENTS, type Placement, type Terms } from '../terms.ts'
import type { Stopwatch } from '../usage.ts'
import { holdsAsides } from './asides.ts'
import {
  boundOf,
  type Composition,
  type DraftForm,
  forbiddenCalls,
  renderDraft,
} from './compose.ts'
import { renderSecondPass } from './second-pass.ts'
import { type DraftRound, type RoundCalls, splitFirstPass } from './split-choices.ts'
import { toldRefusal } from './told-refusal.ts'

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
  const call = await complete(ports, request, {
    kind: form.kind,
    render: (terms) => renderDraft(composition, form, terms),
  })
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
  const form = { kind: 'first-pass', nonce } as const
  const first = await complete(ports, request, {
    kind: form.kind,
    render: (terms) => renderDraft(composition, form, terms),
  })
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
  const second = await complete(ports, request, {
    kind: 'second-pass',
    render: (terms) => renderSecondPass(composition, prior.value.reasoning, terms),
  })
  if (!second.ok) {
    const { usage, timings } = first.value
    return fail({ failure: second.failure, usage, timings })
  }
  const calls = [first.value, second.value] as const
  return succeed({ ...common, calls, prior: prior.value, undone: null })
}

/** A call to be made, on whichever terms the upstream takes. */
type Pass = {
  readonly kind: DraftForm['kind'] | 'second-pass'
  readonly render: (terms: Terms) => Prompt
}

async function complete(
  ports: DraftPorts,
  { composition, signal, span: parent, onAccepted, headers }: DraftRequest,
  pass: Pass,
): Promise<Result<Completion, ModelFailure>> {
  return within(parent, 'draft', async (span) => {
    const render = (terms: Terms) => withinSync(span, 'compose', () => pass.render(terms))
    const options = { signal, span, ...(onAccepted && { onAccepted }), ...(headers && { headers }) }
    const result = await callModel(ports, composition, { ...pass, render }, options)
    if (!result.ok) span.fail(result.failure.reason)
    else if (result.value.usage) {
      const { promptTokens, completionTokens } = result.value.usage
      const labels = { operation: 'draft', model: result.value.model } as const
      ports.metrics.tokens(labels, promptTokens, completionTokens)
    }
    return result
  })
}

async function callModel(
  { model, memory, placement, stopwatch }: DraftPorts,
  composition: Composition,
  { kind, render }: Pass,
  options: CallOptions,
): Promise<Result<Completion, ModelFailure>> {
  const { inquiry } = composition
  const bound = boundOf(composition, kind)
  const isFree = placement === 'auto'
  const forbidsCalls =
    kind === 'first-pass' && Object.keys(forbiddenCalls(inquiry.parameters)).length > 0
  const common = {
    bound,
    placements: isFree ? PLACEMENTS : [],
    forbidsCalls,
    wantsForm: false,
    hasAsides: holdsAsides(inquiry),
  }
  const { result, prompt } = await callOnTerms({
    memory,
    key: inquiry.model,
    ...(!isFree && { fixed: { placement } }),
    render: (terms) => ({ prompt: render(terms), ...common }),
    complete: (asked) => stopwatch.during(() => callWhole(model, asked, options)),
  })
  return result.ok ? result : fail(toldRefusal(result.failure, inquiry, prompt))
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
