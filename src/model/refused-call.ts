/**
 * A reply with a failing status, read into its failure. I/O: reads a bounded part of the body.
 * The upstream's words are sealed, since they may quote the prompt; only its short codes are passed on.
 */

import type { ModelFailure } from '../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import { Opaque } from '../lib/opaque.ts'
import { keptHeaders } from './kept-headers.ts'

/** More than any real error body, little enough to hold for every failing call. */
export const MAX_ERROR_BYTES = 65_536
const MAX_WORD_LENGTH = 128

export function refusedCall(response: Response, body: string): ModelFailure {
  const { status } = response
  if (status === 401 || status === 403) return { reason: 'model_unauthorized', status }
  if (status < 400 || status >= 500) return { reason: 'model_error_status', status }
  const error = readError(body)
  return {
    reason: 'model_rejected',
    status,
    code: word(error.code),
    type: word(error.type),
    param: word(error.param),
    detail: new Opaque(body),
    headers: keptHeaders(response.headers),
  }
}

function readError(body: string): JsonObject {
  const parsed = parseJson(body.trim())
  if (!parsed.ok || !isJsonObject(parsed.value)) return {}
  return isJsonObject(parsed.value.error) ? parsed.value.error : parsed.value
}

/** A code, type or path: without white space, as an error's sentence always has some. */
function word(value: JsonValue | undefined): string | null {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '' || value.length > MAX_WORD_LENGTH) return null
  return /\s/.test(value) ? null : value
}
