/**
 * The fields of an answer that the chat contract names, picked one by one. Pure.
 * Only what is named here leaves: an unknown field of a provider may hold reasoning.
 */

import type { Usage } from '../conversation/model.ts'
import type { Answer, OutputPart, Released } from '../conversation/outcome.ts'
import type { ToolCall } from '../conversation/turn.ts'
import {
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  numberOf,
} from '../lib/json.ts'

const SERVICE_TIERS: readonly string[] = ['auto', 'default', 'flex', 'scale', 'priority', 'fast']

/** The parts of an answer by what they become on the wire. */
export type AnswerFields = {
  /** Null when the answer has no text at all. */
  readonly content: string | null
  readonly refusal: string | null
  readonly calls: readonly ToolCall[]
  readonly legacyCall: ToolCall | undefined
  readonly audio: JsonObject | undefined
  readonly annotations: JsonArray | undefined
}

export function answerFields({ parts }: Answer): AnswerFields {
  const calls = parts.flatMap((part) => (part.kind === 'tool_call' ? [part.call] : []))
  return {
    content: joined(parts, 'text'),
    refusal: joined(parts, 'refusal'),
    calls: calls.filter((call) => call.kind !== 'legacy'),
    legacyCall: calls.find((call) => call.kind === 'legacy'),
    audio: readAudio(opaque(parts, 'audio')),
    annotations: readAnnotations(opaque(parts, 'annotations')),
  }
}

/** Whether all of an answer has a form on the wire: a picture has none, and a sound needs its name and its data. */
export function isExpressible(answer: Answer): boolean {
  const { audio } = answerFields(answer)
  return answer.parts.every((part) => {
    if (part.kind !== 'opaque' || part.name === 'annotations') return true
    return part.name === 'audio' && audio !== undefined
  })
}

/** What surrounds the choices: model, tier and fingerprint, where they are within the contract. */
export function frameFields(released: Released): JsonObject {
  const { model, serviceTier, systemFingerprint } = released
  return {
    model,
    ...(serviceTier !== null &&
      SERVICE_TIERS.includes(serviceTier) && { service_tier: serviceTier }),
    ...(systemFingerprint !== null &&
      isFingerprint(systemFingerprint) && { system_fingerprint: systemFingerprint }),
  }
}

/** As in `fp_8b330d02d0_prod0820_fp8_kvcache` or `vllm-0.24.0-tp4-6d31f84d`: short, and next to no words. */
function isFingerprint(text: string): boolean {
  const words = text.split(/[._-]/).filter((part) => !/\d/.test(part))
  return /^[\w.-]{1,64}$/.test(text) && words.length <= 2
}

/** Token counts; a detail that no upstream told is absent, but for the hidden tokens, which are always known. */
export function usageFields(usage: Usage): JsonObject {
  const { promptTokens, completionTokens, reasoningTokens, promptDetails } = usage
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(Object.keys(promptDetails).length > 0 && { prompt_tokens_details: promptDetails }),
    completion_tokens_details: {
      ...usage.completionDetails,
      reasoning_tokens: reasoningTokens ?? 0,
    },
  }
}

export type TokenLogprob = {
  readonly token: string
  readonly logprob: JsonValue
  readonly bytes: JsonValue
  readonly top_logprobs: JsonArray
}

/** The log probabilities of content and refusal; undefined where there are none. */
export type Logprobs = {
  readonly content: readonly TokenLogprob[] | null
  readonly refusal: readonly TokenLogprob[] | null
}

export function readLogprobs(value: JsonValue): Logprobs | null {
  if (!isJsonObject(value)) return null
  const content = Array.isArray(value.content) ? value.content.flatMap(readToken) : null
  const refusal = Array.isArray(value.refusal) ? value.refusal.flatMap(readToken) : null
  return content || refusal ? { content, refusal } : null
}

function readToken(value: JsonValue): readonly TokenLogprob[] {
  const token = readAlternative(value)
  if (!token || !isJsonObject(value)) return []
  const top = Array.isArray(value.top_logprobs) ? value.top_logprobs : []
  return [{ ...token, top_logprobs: top.flatMap((item: JsonValue) => readAlternative(item) ?? []) }]
}

function readAlternative(value: JsonValue) {
  if (!isJsonObject(value)) return undefined
  const { token, logprob, bytes } = value
  if (typeof token !== 'string' || logprob === undefined || numberOf(logprob) === null) {
    return undefined
  }
  const whole = Array.isArray(bytes) && bytes.every((byte) => Number.isInteger(byte))
  return { token, logprob, bytes: whole ? (bytes as JsonArray) : null }
}

function joined(parts: readonly OutputPart[], kind: 'text' | 'refusal'): string | null {
  const texts = parts.flatMap((part) => (part.kind === kind ? [part.text] : []))
  return texts.length > 0 ? texts.join('') : null
}

function opaque(parts: readonly OutputPart[], name: 'audio' | 'annotations') {
  for (const part of parts) if (part.kind === 'opaque' && part.name === name) return part.value
  return undefined
}

function readAudio(value: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined
  const { id, data, transcript, expires_at } = value
  if (typeof id !== 'string' || typeof data !== 'string') return undefined
  return {
    id,
    data,
    transcript: typeof transcript === 'string' ? transcript : '',
    expires_at: Math.trunc(numberOf(expires_at) ?? 0),
  }
}

function readAnnotations(value: JsonValue | undefined): JsonArray | undefined {
  if (!Array.isArray(value)) return undefined
  const citations = value.flatMap((item: JsonValue) => {
    const citation = isJsonObject(item) && item.type === 'url_citation' && item.url_citation
    if (!isJsonObject(citation) || typeof citation.url !== 'string') return []
    const { url, title, start_index, end_index } = citation
    return [
      {
        type: 'url_citation',
        url_citation: {
          url,
          title: typeof title === 'string' ? title : '',
          start_index: Math.trunc(numberOf(start_index) ?? 0),
          end_index: Math.trunc(numberOf(end_index) ?? 0),
        },
      },
    ]
  })
  return citations.length > 0 ? citations : undefined
}
