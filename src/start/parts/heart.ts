/**
 * The heart: what deliberates, judges a candidate's answer, and decides golden cases, over one selector and one memory of
 * what models can do. Nothing is called while it is made.
 */
import type { Model } from '../../conversation/model.ts'
import type { Inquiry } from '../../conversation/outcome.ts'
import { createDecideCase } from '../../deliberation/decide-case.ts'
import { createDeliberator, type Deliberator } from '../../deliberation/deliberate.ts'
import { judgeAnswer } from '../../deliberation/judge/judge-answer.ts'
import { createCapabilityMemory } from '../../deliberation/memory.ts'
import type { JsonObject } from '../../lib/json.ts'
import { traceModel } from '../../model/traced-model.ts'
import type { DecideCase } from '../../policy/check/decided-case.ts'
import type { Bundle } from '../../policy/section.ts'
import { createCachedSelector } from '../../policy/select/cached-select.ts'
import { noMetrics } from '../../telemetry/metrics.ts'
import type { RunCandidatePorts } from '../../v1/run-candidate.ts'
import { readChatRequest } from '../../wire/chat-request.ts'
import { inquiryFromChat } from '../../wire/inquiry.ts'
import type { Config } from '../config.ts'
import type { Bounds, Platform } from '../platform.ts'
import type { Models } from './models.ts'

export type Heart = {
  readonly deliberate: Deliberator['deliberate']
  /** The same for what nobody waits for. */
  readonly deliberateBehind: Deliberator['deliberate']
  /** Of a candidate, for which nobody waits either. */
  readonly judgeAnswer: RunCandidatePorts['judgeAnswer']
  readonly decideCase: DecideCase
  /** Prepares a bundle ahead of its first request. */
  readonly warm: (bundle: Bundle) => void
  /** The same in turns of the event loop. */
  readonly warmInTurns: (bundle: Bundle) => Promise<void>
}

export type HeartOptions = {
  readonly config: Pick<Config, 'upstream' | 'judge' | 'deadlineMs'>
  readonly platform: Pick<Platform, 'clock' | 'random' | 'protocol'> & {
    readonly telemetry: Pick<Platform['telemetry'], 'metrics'>
  }
  readonly models: Models
  /** Those of work that nobody waits for; the same where they are left out. */
  readonly behind?: Models
  readonly bounds: Pick<Bounds, 'selectionIndexes'>
}

/** @throws TypeError when the protocol lacks a text. */
export function createHeart(options: HeartOptions): Heart {
  const { config, platform, models, bounds, behind = models } = options
  const { clock, random, protocol } = platform
  const { metrics } = platform.telemetry
  const { upstream, judge, deadlineMs } = config
  const traced = (model: Model, operation: 'draft' | 'judge') =>
    traceModel(model, {
      clock,
      onEnded: ({ ms, ...call }) => metrics.modelCallEnded({ ...call, operation }, ms),
    })
  const selector = createCachedSelector({ maxIndexes: bounds.selectionIndexes })
  const memory = createCapabilityMemory()
  const judgingBy = (model: Model) => ({
    judge: {
      model: traced(model, 'judge'),
      modelId: judge.model,
      family: judge.family,
      timeoutMs: judge.timeoutMs,
    },
    selector,
    memory,
    metrics,
    clock,
    random,
  })
  const draftingBy = ({ draft, judge }: Models) => ({
    ...judgingBy(judge),
    model: traced(draft, 'draft'),
    protocol,
    settings: { strategy: upstream.reasoning, placement: upstream.instructions },
  })
  const deliberator = createDeliberator(draftingBy(models))
  const patient = createDeliberator(draftingBy(behind))
  // What golden cases find is no finding in anybody's traffic.
  const trying = createDeliberator({ ...draftingBy(models), metrics: noMetrics })
  return {
    deliberate: (inquiry, call) => deliberator.deliberate(inquiry, call),
    deliberateBehind: (inquiry, call) => patient.deliberate(inquiry, call),
    judgeAnswer: (request) => judgeAnswer(judgingBy(behind.judge), { ...request, protocol }),
    decideCase: createDecideCase({ deliberator: trying, readInquiry, deadlineMs }),
    warm: (bundle) => selector.warm(bundle),
    warmInTurns: (bundle) => selector.warmInTurns(bundle),
  }
}

function readInquiry(request: JsonObject, bundle: Bundle): Inquiry | null {
  const read = readChatRequest(request)
  if (!read.ok) return null
  const { hostedTools } = bundle.deliberation
  const inquiry = inquiryFromChat(read.value, { mode: 'enforce', hostedTools })
  return inquiry.ok ? inquiry.value : null
}
