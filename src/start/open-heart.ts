/**
 * The part of the composition root that deliberates: models with their clients, the judge, the selector, and what is done
 * with them. Made once per process or isolate; nothing is called while it is made.
 */

import type { Model } from '../conversation/model.ts'
import type { Inquiry } from '../conversation/outcome.ts'
import { createDecideCase } from '../deliberation/decide-case.ts'
import { createDeliberator, type Deliberator } from '../deliberation/deliberate.ts'
import { judgeAnswer } from '../deliberation/judge/judge-answer.ts'
import { createCapabilityMemory } from '../deliberation/memory.ts'
import type { JsonObject } from '../lib/json.ts'
import { createOpenAiModel } from '../model/openai-model.ts'
import { traceModel } from '../model/traced-model.ts'
import type { DecideCase } from '../policy/check/decided-case.ts'
import type { Bundle } from '../policy/section.ts'
import { createCachedSelector } from '../policy/select/cached-select.ts'
import { noMetrics } from '../telemetry/metrics.ts'
import type { RunCandidatePorts } from '../v1/run-candidate.ts'
import { readChatRequest } from '../wire/chat-request.ts'
import { inquiryFromChat } from '../wire/inquiry.ts'
import type { Config } from './config.ts'
import type { Bounds, Platform } from './platform.ts'

export type Heart = {
  readonly deliberate: Deliberator['deliberate']
  readonly review: RunCandidatePorts['judgeAnswer']
  readonly decideCase: DecideCase
  /** Prepares a bundle ahead of its first request. */
  readonly warm: (bundle: Bundle) => void
  /** The same in turns of the event loop. */
  readonly warmInTurns: (bundle: Bundle) => Promise<void>
}

export type HeartOptions = {
  readonly config: Config
  readonly platform: Pick<
    Platform,
    'clock' | 'random' | 'protocol' | 'upstream' | 'fetch' | 'judgeFetch'
  > & { readonly telemetry: Pick<Platform['telemetry'], 'metrics'> }
  readonly bounds: Pick<
    Bounds,
    'firstTokenMs' | 'idleMs' | 'maxRetries' | 'maxReplyBytes' | 'selectionIndexes'
  >
}

/** @throws TypeError when the protocol lacks a text. */
export function createHeart({ config, platform, bounds }: HeartOptions): Heart {
  const { clock, random, protocol, telemetry } = platform
  const { upstream, judge } = config
  const common = {
    clock,
    random,
    timeouts: {
      firstTokenMs: Math.min(bounds.firstTokenMs, config.deadlineMs),
      idleMs: Math.min(bounds.idleMs, config.deadlineMs),
      totalMs: config.deadlineMs,
    },
    maxRetries: bounds.maxRetries,
    maxBodyBytes: bounds.maxReplyBytes,
  }
  const { provider, baseUrl } = platform.upstream
  const model = createOpenAiModel({
    ...common,
    provider,
    baseURL: baseUrl,
    apiKey: upstream.apiKey,
    fetch: platform.fetch,
  })
  const selector = createCachedSelector({ maxIndexes: bounds.selectionIndexes })
  const reviewing = {
    judge: { model: traced(judgeModel(), 'judge'), modelId: judge.model, family: judge.family },
    selector,
    memory: createCapabilityMemory(),
    metrics: telemetry.metrics,
    clock,
    random,
  }
  const drafting = {
    ...reviewing,
    model: traced(model, 'draft'),
    protocol,
    settings: { strategy: upstream.reasoning, placement: upstream.instructions },
  }
  const deliberator = createDeliberator(drafting)
  const deliberate: Heart['deliberate'] = (inquiry, options) =>
    deliberator.deliberate(inquiry, options)
  const review: RunCandidatePorts['judgeAnswer'] = (request) =>
    judgeAnswer(reviewing, { ...request, protocol })
  // What golden cases find is no finding in anybody's traffic.
  const trying = createDeliberator({ ...drafting, metrics: noMetrics })
  const decideCase = createDecideCase({
    deliberator: trying,
    readInquiry,
    deadlineMs: config.deadlineMs,
  })
  return {
    deliberate,
    review,
    decideCase,
    warm: (bundle: Bundle) => selector.warm(bundle),
    warmInTurns: (bundle: Bundle) => selector.warmInTurns(bundle),
  }

  function traced(asked: Model, operation: 'draft' | 'judge'): Model {
    return traceModel(asked, {
      clock,
      onEnded: ({ ms, ...call }) => telemetry.metrics.modelCallEnded({ ...call, operation }, ms),
    })
  }

  function judgeModel(): Model {
    if (judge.baseUrl === null && judge.apiKey === upstream.apiKey) return model
    return createOpenAiModel({
      ...common,
      provider: judge.baseUrl === null ? provider : new URL(judge.baseUrl).hostname,
      baseURL: judge.baseUrl ?? baseUrl,
      apiKey: judge.apiKey,
      fetch: judge.baseUrl === null ? platform.fetch : platform.judgeFetch,
    })
  }
}

function readInquiry(request: JsonObject, bundle: Bundle): Inquiry | null {
  const read = readChatRequest(request)
  if (!read.ok) return null
  const { hostedTools } = bundle.deliberation
  const inquiry = inquiryFromChat(read.value, { mode: 'enforce', hostedTools })
  return inquiry.ok ? inquiry.value : null
}
