/**
 * One line of a batch: a prompt, with what is known of it. Read from untrusted text; no I/O.
 * An unknown key is a fault, because a misspelt one would be lost in silence.
 */
import * as z from 'zod'
import type { Inquiry, Opinion } from '../../conversation/outcome.ts'
import { type ExactNumber, isExactNumber, orderedObject } from '../../lib/exact-json.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Bundle } from '../../policy/section.ts'
import { readChatRequest } from '../../wire/chat-request.ts'
import { inquiryFromChat } from '../../wire/inquiry.ts'

export type BatchItem = {
  /** As the line names itself; null where it does not. */
  readonly id: string | null
  /** The prompt as a client would have sent it. */
  readonly request: JsonObject
  readonly inquiry: Inquiry
  /** The section it was labelled with. */
  readonly section: string | null
  readonly opinions: readonly Opinion[]
}

const RESERVED = ['model', 'messages', 'stream', 'stream_options'] as const

const MAX_HINTS = 20

// Taken as they are: a schema of their members would copy them, and copies have neither order nor digits.
const jsonObject = z.custom<JsonObject>(isJsonObject, 'it must be an object')
const jsonNumber = z.custom<number | ExactNumber>(
  (value) => typeof value === 'number' || isExactNumber(value),
)

const lineSchema = z.strictObject({
  id: z.exactOptional(z.union([z.string().max(200), jsonNumber])),
  messages: z.exactOptional(z.array(jsonObject).min(1)),
  prompt: z.exactOptional(z.string().min(1)),
  section: z.exactOptional(z.string().min(1).nullable()),
  hints: z.exactOptional(
    z
      .array(
        z.strictObject({
          source: z.string().min(1).max(200).default('another AI'),
          ideal_response: z.enum(['comply', 'safe_complete', 'refuse']),
          note: z.exactOptional(z.string().max(4_000).nullable()),
        }),
      )
      .max(MAX_HINTS),
  ),
  model: z.exactOptional(z.string().min(1)),
  parameters: z.exactOptional(jsonObject),
})

export type ItemContext = {
  readonly bundle: Bundle
  /** For lines that name none. */
  readonly model: string | null
}

/** A failure says what to mend, without a word of the prompt. */
export function readItem(text: string, { bundle, model }: ItemContext): Result<BatchItem, string> {
  const parsed = parseJson(text, { exact: true, unique: true })
  if (!parsed.ok) return fail(`write one JSON object (${parsed.failure.reason})`)
  const read = lineSchema.safeParse(parsed.value)
  if (!read.success) return fail(renderFault(read.error))
  const line = read.data
  const section = line.section ?? null
  if (section !== null && !bundle.sections.some(({ id }) => id === section)) {
    return fail(`name a section of the policy ${bundle.id}, or none`)
  }
  const request = toRequest(line, model)
  if (!request.ok) return request
  const chat = readChatRequest(request.value)
  if (!chat.ok) return fail(chat.failure.message)
  const { hostedTools } = bundle.deliberation
  const inquiry = inquiryFromChat(chat.value, { mode: 'enforce', hostedTools })
  if (!inquiry.ok) return fail(inquiry.failure.message)
  return succeed({
    id: nameOf(line.id),
    request: request.value,
    inquiry: inquiry.value,
    section,
    opinions: (line.hints ?? []).map(({ source, ideal_response: ideal, note }) => {
      return { source, ideal, note: note ?? null }
    }),
  })
}

function nameOf(id: z.infer<typeof lineSchema>['id']): string | null {
  if (id === undefined) return null
  return typeof id === 'string' ? id : JSON.stringify(id)
}

function toRequest(
  line: z.infer<typeof lineSchema>,
  fallback: string | null,
): Result<JsonObject, string> {
  const { messages, prompt, parameters = {} } = line
  if ((messages === undefined) === (prompt === undefined)) {
    return fail('write either messages or prompt')
  }
  const reserved = RESERVED.find((name) => Object.hasOwn(parameters, name))
  if (reserved !== undefined) return fail(`leave ${reserved} out of parameters`)
  const model = line.model ?? fallback
  if (model === null) return fail('name a model, here or for the whole batch')
  return succeed(
    orderedObject<JsonValue>([
      ['model', model],
      ['messages', messages ?? [{ role: 'user', content: prompt ?? '' }]],
      ...Object.entries(parameters),
    ]),
  )
}

function renderFault(error: z.ZodError): string {
  const [issue] = error.issues
  if (!issue) return 'write one JSON object'
  if (issue.code === 'unrecognized_keys') return `take out the unknown key ${issue.keys.join(', ')}`
  const place = issue.path.join('.')
  return `mend ${place === '' ? 'the line' : place}: ${issue.message}`
}
