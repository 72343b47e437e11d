/**
 * A refusal, by a failing status or within a 200, read into its failure. Pure.
 * The upstream's words are sealed, since they may quote the prompt. They are compared with the dialects that are known
 * (`refusal-dialects.ts`), and only classes and counts come of it.
 */
import type { Concern, ModelFailure, RejectionCode } from '../conversation/model.ts'
import { causeOf, knownCode } from '../conversation/rejections.ts'
import type { JsonValue } from '../lib/json.ts'
import { Opaque } from '../lib/opaque.ts'
import { isStateField } from './carried-fields.ts'
import { type ErrorFields, errorFields, errorFieldsOf } from './error-fields.ts'
import { keptHeaders } from './kept-headers.ts'
import { CONCERNS, DIALECTS } from './refusal-dialects.ts'
import { toldTokens } from './told-tokens.ts'

/** More than any real error body, little enough to hold for every failing call. */
export const MAX_ERROR_BYTES = 65_536

/** The failure of a reply with a failing status. `bound`: the output tokens that the call asked for, where it did. */
export function refusedCall(response: Response, body: string, bound: number | null): ModelFailure {
  const { status } = response
  const headers = keptHeaders(response.headers)
  const refusal = { status, headers, fields: errorFields(body), detail: new Opaque(body), bound }
  return refused(refusal) ?? { reason: 'model_error_status', status }
}

/** The failure of an error that stands where an answer was due: what it would be with the status that it names. */
export function refusedWithin(error: JsonValue, bound: number | null = null): ModelFailure {
  const fields = errorFieldsOf(error)
  const status = fields.status ?? (fields.words.includes('invalid_request_error') ? 400 : 500)
  const detail = new Opaque(JSON.stringify(error))
  const failure = refused({ status, headers: {}, fields, detail, bound })
  if (failure) return failure
  if (fields.status !== null) return { reason: 'model_error_status', status }
  return { reason: 'model_error_in_body', code: fields.words.find(isPlain) ?? null }
}

type Refusal = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly fields: ErrorFields
  readonly detail: Opaque<string>
  readonly bound: number | null
}

/** Causes that a server gives with 403 as well, which else is about the gateway's own credentials. */
const FORBIDDEN: readonly (RejectionCode | null)[] = [
  'content_filter',
  'context_length_exceeded',
  'insufficient_quota',
  'model_not_found',
]

/** A chat template that breaks does so with a 5xx. */
const OF_TEMPLATES: readonly (Concern | null)[] = ['turns', 'role']

/** Null where nothing says more than that the server failed. */
function refused(refusal: Refusal): ModelFailure | null {
  const { status, headers, fields, detail, bound } = refusal
  const cause = causeIn(refusal)
  const isForbidden = status === 403 && !FORBIDDEN.includes(cause)
  if (status === 401 || cause === 'invalid_api_key' || isForbidden) {
    return { reason: 'model_unauthorized', status: status === 403 ? status : 401 }
  }
  const concern = concernIn(fields)
  const isTold = cause !== null || OF_TEMPLATES.includes(concern)
  if (status < 400 || (status >= 500 && !isTold)) return null
  const tokens = toldTokens(fields, concern === 'limit' ? bound : null)
  return {
    reason: 'model_rejected',
    status,
    code: codeIn(fields, cause),
    param: fields.param,
    concern,
    ...(tokens && { tokens }),
    detail,
    headers,
  }
}

/** The server's own word where the contract has it, so that an app reads what it would read there. */
function codeIn({ words }: ErrorFields, cause: RejectionCode | null): string | null {
  if (cause === null) return words.find((word) => knownCode(word) !== null) ?? null
  return words.find((word) => causeOf(word) === cause) ?? cause
}

const PAYMENT_REQUIRED = 402
const TOO_MANY_REQUESTS = 429
const UNAVAILABLE = 503
/** Anthropic's own. */
const OVERLOADED = 529

function causeIn({ status, headers, fields }: Refusal): RejectionCode | null {
  const found = DIALECTS.find(
    ({ words, says }) =>
      words?.some((word) => fields.words.includes(word)) ||
      says?.some((phrase) => holds(fields.text, phrase)),
  )
  if (found) return found.code
  if (status === PAYMENT_REQUIRED) return 'insufficient_quota'
  if (status === TOO_MANY_REQUESTS) return 'rate_limited'
  const isTimed = 'retry-after' in headers || 'retry-after-ms' in headers
  const isOverload = status === OVERLOADED || (status === UNAVAILABLE && isTimed)
  return isOverload ? 'upstream_overloaded' : null
}

/** Parts of a message that no instruction of the gateway's is in. */
const OF_CONTENT = /content|tool|image|audio|file/

/** What it is about: by the parameter it names, else by what it says. */
function concernIn({ param, text }: ErrorFields): Concern | null {
  const saying = CONCERNS.find(({ says }) => says.some((phrase) => holds(text, phrase)))
  if (param === null) return saying?.concern ?? null
  const [head] = /^[a-z_]*/.exec(param) ?? []
  const last = param.split(/[^a-z_]/).at(-1) ?? ''
  if (ASIDES.includes(last)) return 'aside'
  const named = CONCERNS.find(({ params }) => params?.some((name) => name === head))
  const isOfTurns = named === undefined || named.concern === 'turns'
  const isOfState = saying?.concern === 'state' || (param !== head && isStateField(last))
  if (isOfTurns && isOfState) return 'state'
  if (named?.concern !== 'turns') return named?.concern ?? 'other'
  if (OF_CONTENT.test(param)) return 'other'
  return saying?.concern === 'role' ? 'role' : 'turns'
}

/** Wherever they stand. */
const ASIDES = CONCERNS.find(({ concern }) => concern === 'aside')?.params ?? []

/** Whether the parts of a phrase stand in a text, in their order. */
function holds(text: string, phrase: string): boolean {
  let from = 0
  for (const part of phrase.split(' … ')) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}

function isPlain(word: string): boolean {
  return /^[\w.:-]{1,64}$/.test(word)
}
