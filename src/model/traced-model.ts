/**
 * A model whose every call has a span of its own, by the GenAI conventions, and is told to whoever counts. No I/O itself.
 * Says counts, ids and classes; what was asked and answered is never an attribute.
 */

import type { Completion, Model, Prompt } from '../conversation/model.ts'
import type { Clock } from '../lib/clock.ts'
import type { SpanAttributes } from '../lib/tracing.ts'

/** One call, over all its tries; `failure` is its class, null when it answered. */
export type EndedCall = {
  readonly model: string
  readonly failure: string | null
  readonly ms: number
}

export type TracedModelOptions = {
  readonly clock: Clock
  readonly onEnded?: (call: EndedCall) => void
}

/** Wraps a model so that each call runs in a child span `chat`, whose `traceparent` goes upstream. */
export function traceModel(model: Model, { clock, onEnded }: TracedModelOptions): Model {
  return {
    provider: model.provider,
    async complete(prompt, options) {
      const span = options.span.child('chat', askedAttributes(model, prompt))
      const startedMs = clock.monotonic()
      let failure: string | null = 'internal'
      try {
        const result = await model.complete(prompt, { ...options, span })
        failure = result.ok ? null : result.failure.reason
        if (result.ok) span.set(answeredAttributes(result.value))
        return result
      } finally {
        if (failure !== null) span.fail(failure)
        span.end()
        onEnded?.({ model: prompt.model, failure, ms: clock.monotonic() - startedMs })
      }
    },
  }
}

function askedAttributes({ provider }: Model, { model, parameters, stream }: Prompt) {
  const limit = parameters.max_completion_tokens ?? parameters.max_tokens
  const attributes: SpanAttributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'gen_ai.request.stream': stream,
    ...(typeof limit === 'number' && { 'gen_ai.request.max_tokens': limit }),
    ...(typeof parameters.n === 'number' && { 'gen_ai.request.choice.count': parameters.n }),
  }
  return attributes
}

function answeredAttributes(completion: Completion): SpanAttributes {
  const { id, model, choices, usage, timings } = completion
  return {
    'gen_ai.response.id': id,
    'gen_ai.response.model': model,
    'gen_ai.response.finish_reasons': choices.flatMap(({ finishReason }) => finishReason ?? []),
    'gen_ai.response.time_to_first_chunk': timings.firstByteMs / 1000,
    'chambers.tries': timings.tries,
    ...(usage && {
      'gen_ai.usage.input_tokens': usage.promptTokens,
      'gen_ai.usage.output_tokens': usage.completionTokens,
    }),
    ...(usage?.reasoningTokens != null && {
      'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    }),
    ...(usage?.promptDetails.cached_tokens !== undefined && {
      'gen_ai.usage.cache_read.input_tokens': usage.promptDetails.cached_tokens,
    }),
  }
}
