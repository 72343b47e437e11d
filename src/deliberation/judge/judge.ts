/**
 * Judges a draft in two channels, side by side: the answer channel never sees the reasoning, the reasoning channel does.
 * I/O through the model port. It gives verdicts and classed failures, never a pass for want of a verdict.
 */

import type { JudgeFailure } from '../../conversation/failures.ts'
import type { Model } from '../../conversation/model.ts'
import type { Answer, Draft, Inquiry, Opinion, Verdict } from '../../conversation/outcome.ts'
import type { Random } from '../../lib/clock.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { type Span, within } from '../../lib/tracing.ts'
import type { Bundle, Protocol, Section } from '../../policy/section.ts'
import { answerText, isReadable } from '../answer-text.ts'
import { clauseIds } from '../select.ts'
import { sumUsage } from '../usage.ts'
import { type AskPorts, askJudge, type JudgeReply, type Question } from './ask-judge.ts'
import { computeVerdict } from './compute-verdict.ts'
import {
  type PreparedMaterial,
  prepareMaterial,
  renderAnswerPrompt,
  renderReasoningPrompt,
} from './judge-prompt.ts'
import { createReviewLimit } from './review-limit.ts'
import type { Channel } from './verdict-schema.ts'

export type Judge = {
  readonly model: Model
  /** Null: the request's own model. */
  readonly modelId: string | null
  readonly family: string | null
  /** Of one review, in milliseconds; left out or null: as the policy says. */
  readonly timeoutMs?: number | null
}

export type JudgePorts = Omit<AskPorts, 'model'> & {
  readonly judge: Judge
  readonly random: Random
  /** A signal that fires after so many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal
}

/** All that is looked at of a draft. */
type JudgedDraft = Pick<Draft, 'answer' | 'reasoning'>

export type JudgeRequest = {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly draft: JudgedDraft
  /** False where there is no reasoning to judge. */
  readonly reasoned: boolean
  /** The sections selected over request and draft, in full. */
  readonly sections: readonly Section[]
  /** What others held to be the right kind of answer. */
  readonly opinions?: readonly Opinion[]
  readonly signal: AbortSignal
  readonly span: Span
}

/** What came of it: a verdict or a failure for each channel. */
export type Judgement = {
  readonly verdicts: readonly Verdict[]
  readonly failures: readonly JudgeFailure[]
}

const DELIMITER_BYTES = 12

export async function judge(ports: JudgePorts, request: JudgeRequest): Promise<Judgement> {
  const { bundle, reasoned } = request
  const both = bundle.judge.reasoning !== 'off' && reasoned
  const channels: readonly Channel[] = both ? ['answer', 'reasoning'] : ['answer']
  const prepared = prepare(ports.judge, request)
  const results = await Promise.all(
    channels.map((channel) => judgeChannel(ports, { ...request, prepared }, channel)),
  )
  return {
    verdicts: results.flatMap((result) => (result.ok ? [result.value] : [])),
    failures: results.flatMap((result) => (result.ok ? [] : [result.failure])),
  }
}

type ChannelRequest = JudgeRequest & { readonly prepared: PreparedMaterial }

async function judgeChannel(
  ports: JudgePorts,
  request: ChannelRequest,
  channel: Channel,
): Promise<Result<Verdict, JudgeFailure>> {
  return within(request.span, 'judge', async (span) => {
    span.set({ 'chambers.channel': channel })
    const verdict = await sampleVerdict(ports, { ...request, span }, channel)
    if (verdict.ok) span.set({ 'chambers.passed': verdict.value.passed })
    else {
      span.fail(verdict.failure.reason)
      // A client that went away is no failure of the judge.
      if (!request.signal.aborted) ports.metrics.judgeFailed(verdict.failure.reason)
    }
    return verdict
  })
}

/** All samples at once; one that fails leaves the channel without a verdict, since it might have been the lowest. */
async function sampleVerdict(
  { judge, memory, stopwatch, random, metrics, timeout }: JudgePorts,
  request: ChannelRequest,
  channel: Channel,
): Promise<Result<Verdict, JudgeFailure>> {
  const { bundle, draft, prepared, span } = request
  if (!isReadable(draft.answer)) return fail({ reason: 'judge_unsupported', channel })
  const limit = createReviewLimit(judge.timeoutMs ?? bundle.judge.timeoutMs, timeout)
  const signal = AbortSignal.any([request.signal, limit.signal])
  const { onWait } = limit
  const ports = { model: judge.model, memory, stopwatch, metrics }
  const question = questionOf(prepared, draft, channel)
  const samples = await Promise.all(
    Array.from({ length: Math.max(1, bundle.judge.samples) }, () =>
      askJudge(
        ports,
        { ...question, delimiter: random.hex(DELIMITER_BYTES) },
        { signal, span, onWait },
      ),
    ),
  )
  const replies: JudgeReply[] = []
  for (const sample of samples) {
    if (!sample.ok) return fail({ ...sample.failure, channel })
    replies.push(sample.value)
  }
  const [first, ...others] = replies
  if (!first) return fail({ reason: 'judge_empty', channel })
  return succeed(
    computeVerdict({
      channel,
      replies: [first.reply, ...others.map(({ reply }) => reply)],
      bundle,
      answer: answerText(draft.answer),
      model: first.completion.model,
      family: judge.family,
      usage: sumUsage(replies.map(({ completion }) => completion.usage)),
      timings: slowest(replies),
    }),
  )
}

function slowest(replies: readonly JudgeReply[]) {
  const timings = replies.map(({ completion }) => completion.timings)
  return timings.reduce((most, next) => (next.totalMs > most.totalMs ? next : most))
}

function questionOf(
  prepared: PreparedMaterial,
  draft: JudgedDraft,
  channel: Channel,
): Omit<Question, 'delimiter'> {
  return {
    model: prepared.material.model,
    channel,
    clauses: clauseIds(prepared.material.sections),
    opinions: prepared.material.opinions.length,
    render: (form) =>
      channel === 'answer'
        ? renderAnswerPrompt(prepared, form)
        : renderReasoningPrompt(prepared, form, draft.reasoning),
  }
}

function prepare(judge: Judge, request: JudgeRequest): PreparedMaterial {
  const { bundle, protocol, inquiry, draft, sections, opinions = [] } = request
  return prepareMaterial({
    model: judge.modelId ?? inquiry.model,
    bundle,
    protocol,
    turns: inquiry.turns,
    answer: draft.answer,
    tools: calledTools(inquiry.parameters, draft.answer),
    sections,
    opinions,
  })
}

/**
 * The client's own definitions of the tools that an answer calls, in its order: a call can only be judged as an act by who
 * knows the tool. Tools that are not called stay out, since a list of them may be longer than all else.
 */
function calledTools({ tools, functions }: JsonObject, { parts }: Answer): readonly JsonValue[] {
  const names = new Set<JsonValue | undefined>(
    parts.flatMap((part) => (part.kind === 'tool_call' ? [part.call.name] : [])),
  )
  if (names.size === 0) return []
  return [tools, functions].flatMap((list) =>
    Array.isArray(list) ? list.filter((tool: JsonValue) => names.has(nameOf(tool))) : [],
  )
}

function nameOf(tool: JsonValue): JsonValue | undefined {
  if (!isJsonObject(tool)) return undefined
  const body = [tool.function, tool.custom].find((one) => isJsonObject(one)) ?? tool
  return isJsonObject(body) ? body.name : undefined
}
