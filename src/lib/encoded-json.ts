/**
 * JSON in base64url, as JOSE has headers, payloads and claims (RFC 7515, 2). Pure. Where a name stands twice nobody can tell which
 * of both was signed for, so that such text is none (RFC 7515, 4; RFC 7519, 4).
 */
import { type JsonFailure, type JsonValue, parseJson } from './json.ts'
import { fail, type Result } from './result.ts'

export function decodeJson(encoded: string): Result<JsonValue, JsonFailure> {
  try {
    const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return parseJson(text, { unique: true })
  } catch {
    return fail({ reason: 'not_json' })
  }
}
