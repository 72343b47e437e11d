/**
 * Makes one round of drafts: composes the prompt, calls the model (twice for two-pass), and splits each choice.
 * I/O through the model port. Nothing that was not split becomes a draft, and nothing of it is in a failure.
 */

import type { Completion, ModelFailure, Prompt } from '../../conversation/model.ts'
import type { Strategy } from '../../conversation/outcome.ts'
import type { Random } from '../../lib/clock.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { type Span, within, withinSync } from '../../lib/tracing.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Placement } from '../memory.ts'
import { sumTimings, sumUsage } from '../usage.ts'
import { type CallPorts, callModel } from './call-model.ts'
import { type Composition, composeDraft } from './compose.ts'
import type { DraftRound, FailedRound } from './draft-round.ts'
import { readChoices, readFirstPass } from './read-choices.ts'
import { composeSecondPass } from './second-pass.ts'

export type DraftPorts = CallPorts & { readonly random: Random; readonly metrics: Metrics }

export type DraftRequest = {
  readonly composition: Composition
  readonly strategy: Strategy
  readonly signal: AbortSignal
  readonly span: Span
  readonly onAccepted?: () => void
}

/** 16 hex digits: too many to guess within one call. */
const NONCE_BYTES = 8

export async function draft(
  ports: DraftPorts,
  request: DraftRequest,
): Promise<Result<DraftRound, FailedRound>> {
  const round = await (request.strategy === 'two-pass'
    ? draftInTwoPasses(ports, request)
    : draftAtOnce(ports, request, request.strategy))
  if (round.ok) learn(ports, request.composition, round.value)
  return round
}

async function draftAtOnce(
  ports: DraftPorts,
  request: DraftRequest,
  strategy: 'native' | 'tagged',
): Promise<Result<DraftRound, FailedRound>> {
  const { composition, span } = request
  const nonce = ports.random.hex(NONCE_BYTES)
  const form = strategy === 'native' ? { kind: strategy } : { kind: strategy, nonce }
  const call = await complete(ports, request, (placement) =>
    composeDraft(composition, form, placement),
  )
  if (!call.ok) return fail({ failure: call.failure, usage: null, timings: null })
  const choices = withinSync(span, 'split', () =>
    readChoices(call.value, { composition, strategy, boundary: form, prior: null }),
  )
  const nonces = strategy === 'tagged' ? [nonce] : []
  return succeed(roundOf({ strategy, choices, nonces, calls: [call.value] }))
}

async function draftInTwoPasses(
  ports: DraftPorts,
  request: DraftRequest,
): Promise<Result<DraftRound, FailedRound>> {
  const { composition, span } = request
  const strategy = 'two-pass'
  const nonce = ports.random.hex(NONCE_BYTES)
  const first = await complete(ports, request, (placement) =>
    composeDraft(composition, { kind: 'first-pass', nonce }, placement),
  )
  if (!first.ok) return fail({ failure: first.failure, usage: null, timings: null })
  const prior = withinSync(span, 'split', () => readFirstPass(first.value, composition, nonce))
  if (!prior.ok) {
    const choices = Array.from({ length: composition.choices }, () => prior.failure)
    return succeed(roundOf({ strategy, choices, nonces: [nonce], calls: [first.value] }))
  }
  const second = await complete(ports, request, (placement) =>
    composeSecondPass(composition, prior.value.reasoning, placement),
  )
  if (!second.ok) {
    const { usage, timings } = first.value
    return fail({ failure: second.failure, usage, timings })
  }
  const choices = withinSync(span, 'split', () =>
    readChoices(second.value, {
      composition,
      strategy,
      boundary: { kind: 'answer-only' },
      prior: prior.value,
    }),
  )
  return succeed(
    roundOf({ strategy, choices, nonces: [nonce], calls: [first.value, second.value] }),
  )
}

async function complete(
  ports: DraftPorts,
  { composition, signal, span: parent, onAccepted }: DraftRequest,
  compose: (placement: Placement) => Prompt,
): Promise<Result<Completion, ModelFailure>> {
  return within(parent, 'draft', async (span) => {
    const composed = (placement: Placement) => withinSync(span, 'compose', () => compose(placement))
    const options = { signal, span, ...(onAccepted ? { onAccepted } : {}) }
    const composer = { modelId: composition.inquiry.model, compose: composed }
    const result = await callModel(ports, composer, options)
    if (!result.ok) span.fail(result.failure.reason)
    else if (result.value.usage) {
      const { promptTokens, completionTokens } = result.value.usage
      const labels = { operation: 'draft', model: result.value.model } as const
      ports.metrics.tokens(labels, promptTokens, completionTokens)
    }
    return result
  })
}

function roundOf(options: {
  readonly strategy: Strategy
  readonly choices: DraftRound['choices']
  readonly nonces: readonly string[]
  readonly calls: readonly [Completion, ...Completion[]]
}): DraftRound {
  const { strategy, choices, nonces, calls } = options
  const last = calls.at(-1) ?? calls[0]
  return {
    strategy,
    choices,
    nonces,
    usage: sumUsage(calls.map((call) => call.usage)),
    answerUsage: last.usage,
    timings: sumTimings(calls.map((call) => call.timings)),
    source: last,
  }
}

/** Keeps what the round has settled about the model. */
function learn({ memory }: DraftPorts, { inquiry }: Composition, round: DraftRound): void {
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
