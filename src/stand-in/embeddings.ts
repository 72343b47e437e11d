/**
 * The stand-in's `POST /v1/embeddings`: words hashed into a small unit vector, so that texts with common words are near.
 * No I/O. Token arrays are taken too; they embed as the words their numbers spell.
 */
import * as z from 'zod'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { errorResponse, jsonResponse } from './responses.ts'
import { countTokens } from './tokens.ts'

const EmbeddingRequest = z.looseObject({
  model: z.string(),
  input: z.union([
    z.string(),
    z.array(z.string()).min(1),
    z.array(z.int()).min(1),
    z.array(z.array(z.int())).min(1),
  ]),
  dimensions: z.int().min(1).max(4096).optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
})

const DEFAULT_DIMENSIONS = 16

export function answerEmbeddings(body: JsonValue): Response {
  const parsed = EmbeddingRequest.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.join('.') ?? null
    return errorResponse({ status: 400, message: issue?.message ?? 'Invalid request', param })
  }
  const { model, input, dimensions = DEFAULT_DIMENSIONS, encoding_format } = parsed.data
  const texts = inputTexts(input)
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
  const data = texts.map((text, index): JsonObject => {
    const vector = embed(text, dimensions)
    const embedding = encoding_format === 'base64' ? base64(vector) : [...vector]
    return { object: 'embedding', index, embedding }
  })
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return jsonResponse({ object: 'list', data, model, usage })
}

function inputTexts(input: z.infer<typeof EmbeddingRequest>['input']): readonly string[] {
  if (typeof input === 'string') return [input]
  if (input.every((item) => typeof item === 'number')) return [input.join(' ')]
  return input.map((item) => (typeof item === 'object' ? item.join(' ') : String(item)))
}

function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    const hash = fnv1a(word)
    const slot = hash % dimensions
    vector[slot] = (vector[slot] ?? 0) + (hash & 0x10000 ? 1 : -1)
  }
  // Opposite words may cancel out, and a zero vector has no direction.
  if (vector.every((value) => value === 0)) vector[0] = 1
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** Little-endian 32-bit floats, as the official client decodes them. */
function base64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true)
  const bytes = new Uint8Array(view.buffer)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
