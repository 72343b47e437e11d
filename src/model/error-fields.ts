/**
 * An error as servers write it, in whatever form, read into the little that it is told apart by. Pure.
 * What it says is for comparing with what is known, never for passing on: it may quote the prompt.
 */
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'

export type ErrorFields = {
  /** Codes, types and kinds, lower case. */
  readonly words: readonly string[]
  /** The first HTTP status that it names itself, as errors within a 200 do. */
  readonly status: number | null
  /** The path of the parameter at fault: `messages.0.role`. */
  readonly param: string | null
  /** All its sentences, lower case. */
  readonly text: string
  /** Counts of tokens that come as fields. */
  readonly counts: { readonly prompt: number | null; readonly context: number | null }
}

/** Sentences beyond this many characters say nothing more of why. */
const MAX_TEXT_LENGTH = 4_000
const MAX_DEPTH = 5
const MAX_OBJECTS = 32
const MAX_WORD_LENGTH = 128

const SENTENCES = [
  'message',
  'msg',
  'detail',
  'error',
  'error_msg',
  'error_message',
  'reason',
  'raw',
]
const KINDS = ['code', 'type', 'status', 'error_code', 'error_type', 'reason']
const STATUSES = ['status_code', 'code', 'status', 'error_code']
const WITHIN = ['error', 'errors', 'message', 'detail', 'details', 'innererror', 'metadata']

/** Reads a body: JSON of any of the forms in use, or else text. */
export function errorFields(body: string): ErrorFields {
  const parsed = parseJson(body.trim())
  if (parsed.ok && typeof parsed.value === 'object') return errorFieldsOf(parsed.value)
  return { ...fieldsOf([]), text: body.slice(0, MAX_TEXT_LENGTH).toLowerCase() }
}

/** Reads an error that stands in other JSON. */
export function errorFieldsOf(value: JsonValue): ErrorFields {
  const objects: JsonObject[] = []
  collect(value, 0, objects)
  const fields = fieldsOf(objects)
  return typeof value === 'string' ? { ...fields, text: textOf([value]) } : fields
}

/** The objects that tell of the error, from the outside in. What was sent or written is in none of them. */
function collect(value: JsonValue | undefined, depth: number, objects: JsonObject[]): void {
  if (depth > MAX_DEPTH || objects.length >= MAX_OBJECTS) return
  if (Array.isArray(value)) for (const item of value) collect(item, depth + 1, objects)
  if (!isJsonObject(value)) return
  objects.push(value)
  for (const name of WITHIN) collect(value[name], depth + 1, objects)
}

function fieldsOf(objects: readonly JsonObject[]): ErrorFields {
  const all = (names: readonly string[]) =>
    objects.flatMap((object) => names.map((name) => object[name]))
  const texts = all(SENTENCES).filter((value) => typeof value === 'string')
  const words = all(KINDS).filter((value) => typeof value === 'string')
  return {
    words: words.filter((word) => word.length <= MAX_WORD_LENGTH).map((word) => word.toLowerCase()),
    status:
      all(STATUSES)
        .map(statusOf)
        .find((status) => status !== null) ?? null,
    param: objects.map(paramOf).find((param) => param !== null) ?? null,
    text: textOf(texts),
    counts: {
      prompt: countIn(all(['n_prompt_tokens'])),
      context: countIn(all(['n_ctx'])),
    },
  }
}

function textOf(sentences: readonly string[]): string {
  return sentences.join('\n').slice(0, MAX_TEXT_LENGTH).toLowerCase()
}

function statusOf(value: JsonValue | undefined): number | null {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : null
}

/** OpenAI's `param`, or where pydantic found it (`loc: ["body", "stream_options"]`). */
function paramOf({ param, loc }: JsonObject): string | null {
  const path = Array.isArray(loc) ? loc.filter((step) => step !== 'body').join('.') : param
  if (typeof path !== 'string' || path === '' || path.length > MAX_WORD_LENGTH) return null
  return /\s/.test(path) ? null : path
}

function countIn(values: readonly (JsonValue | undefined)[]): number | null {
  return values.find((value) => typeof value === 'number') ?? null
}
