/**
 * A model that follows a script and records its calls: for every test of what lies behind the model port.
 * A script is a function of the prompt, or a list of replies used in order; running out of replies is a defect of the test.
 */

import type {
  CallOptions,
  Completion,
  CompletionChoice,
  FinishReason,
  MediaKind,
  Model,
  ModelFailure,
  Prompt,
  Segment,
  Usage,
} from '../../src/conversation/model.ts'
import { type ToolCall, turnText } from '../../src/conversation/turn.ts'
import type { JsonObject, JsonValue } from '../../src/lib/json.ts'
import { Opaque } from '../../src/lib/opaque.ts'
import { fail, succeed } from '../../src/lib/result.ts'

export type ScriptedChoice = {
  readonly content?: string
  /** Reasoning in a channel of its own. */
  readonly reasoning?: string
  readonly refusal?: string
  readonly toolCalls?: readonly ToolCall[]
  readonly finishReason?: FinishReason | null
  readonly stoppedAt?: string
  readonly logprobs?: JsonValue
  readonly audio?: JsonObject
  readonly media?: readonly MediaKind[]
}

export type ScriptedReply =
  | (ScriptedChoice & { readonly usage?: Usage | null; readonly model?: string })
  | { readonly choices: readonly ScriptedChoice[]; readonly usage?: Usage | null }
  | { readonly failure: ModelFailure }

export type Script =
  | readonly ScriptedReply[]
  | ((prompt: Prompt, call: number, options: CallOptions) => ScriptedReply | Promise<ScriptedReply>)

export type RecordedCall = { readonly prompt: Prompt; readonly options: CallOptions }

export type ScriptedModel = Model & { readonly calls: readonly RecordedCall[] }

export const SOME_USAGE: Usage = {
  promptTokens: 100,
  completionTokens: 50,
  reasoningTokens: null,
  promptDetails: {},
  completionDetails: {},
}

export function createScriptedModel(script: Script): ScriptedModel {
  const calls: RecordedCall[] = []
  return {
    provider: 'scripted',
    calls,
    async complete(prompt, options) {
      const call = calls.push({ prompt, options }) - 1
      const reply =
        typeof script === 'function' ? await script(prompt, call, options) : script[call]
      if (!reply) throw new Error(`Cannot reply: the script has ended: call ${call + 1}`)
      if ('failure' in reply) return fail(reply.failure)
      options.onAccepted?.()
      return succeed(completionOf(prompt, reply))
    },
  }
}

/** Everything a prompt says, as one text. */
export function promptText(prompt: Prompt): string {
  return prompt.turns.map(turnText).join('\n')
}

/** The nonce of a tagged prompt. */
export function nonceOf(prompt: Prompt): string {
  return [...promptText(prompt).matchAll(/<deliberation-([0-9a-f]{8,})>/g)].at(-1)?.[1] ?? ''
}

/** The clauses a review prompt asks about. */
export function clausesOf(prompt: Prompt): readonly string[] {
  const line = /^Clauses: (.*)$/m.exec(promptText(prompt))?.[1] ?? ''
  return line.split(', ').filter((clause) => clause !== '')
}

function completionOf(prompt: Prompt, reply: Exclude<ScriptedReply, { failure: ModelFailure }>) {
  const choices = 'choices' in reply ? reply.choices : [reply]
  return {
    id: 'chatcmpl-scripted',
    model: ('model' in reply ? reply.model : undefined) ?? prompt.model,
    serviceTier: null,
    systemFingerprint: 'fp_scripted',
    choices: choices.map(choiceOf),
    usage: reply.usage === undefined ? SOME_USAGE : reply.usage,
    timings: { firstByteMs: 1, totalMs: 2, tries: 1 },
    headers: { 'x-ratelimit-remaining-requests': '9' },
  } satisfies Completion
}

function choiceOf(choice: ScriptedChoice, index: number): CompletionChoice {
  const segments: Segment[] = []
  if (choice.reasoning !== undefined) {
    segments.push({ channel: 'reasoning', text: choice.reasoning })
  }
  if (choice.content !== undefined) segments.push({ channel: 'content', text: choice.content })
  return {
    index,
    output: new Opaque<readonly Segment[]>(segments),
    logprobs: new Opaque<JsonValue>(choice.logprobs ?? null),
    refusal: choice.refusal ?? null,
    toolCalls: choice.toolCalls ?? [],
    ...(choice.stoppedAt !== undefined && { stoppedAt: choice.stoppedAt }),
    finishReason:
      choice.finishReason === undefined
        ? choice.toolCalls
          ? 'tool_calls'
          : 'stop'
        : choice.finishReason,
    audio: choice.audio ?? null,
    annotations: null,
    ...(choice.media && { media: choice.media }),
  }
}
