/**
 * A released answer as a chat completion object. Pure.
 * Only fields of the contract; reasoning cannot be here, since nothing it is built from holds any.
 */
import type { Answer, ChoiceOutcome, Released } from '../conversation/outcome.ts'
import type { ToolCall } from '../conversation/turn.ts'
import type { JsonObject } from '../lib/json.ts'
import { answerFields, frameFields, readLogprobs, usageFields } from './released-fields.ts'

export type CompletionFrame = {
  /** `chatcmpl-` and 24 hex digits. */
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
}

/** Writes the response body of a request that did not ask for a stream. */
export function chatCompletion(released: Released, { id, created }: CompletionFrame): JsonObject {
  return {
    id,
    object: 'chat.completion',
    created,
    ...frameFields(released),
    choices: released.choices.map(writeChoice),
    usage: usageFields(released.usage),
  }
}

function writeChoice({ index, answer }: ChoiceOutcome): JsonObject {
  return {
    index,
    message: answerMessage(answer),
    logprobs: readLogprobs(answer.logprobs),
    finish_reason: answer.finishReason,
  }
}

/** An answer as the assistant's message that carries it. */
export function answerMessage(answer: Answer): JsonObject {
  const { content, refusal, calls, legacyCall, audio, annotations } = answerFields(answer)
  return {
    role: 'assistant',
    content,
    refusal,
    ...(calls.length > 0 && { tool_calls: calls.map(writeCall) }),
    ...(legacyCall && {
      function_call: { name: legacyCall.name, arguments: legacyCall.arguments },
    }),
    ...(audio && { audio }),
    ...(annotations && { annotations }),
  }
}

/** Unlike `writeToolCall`, without the call's unknown fields: these come from a model, not from the client. */
function writeCall({ id, kind, name, arguments: text }: ToolCall): JsonObject {
  return kind === 'custom'
    ? { id, type: 'custom', custom: { name, input: text } }
    : { id, type: 'function', function: { name, arguments: text } }
}
