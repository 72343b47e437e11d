/**
 * What the client sent, as a digest: taken when the body is read, before anything could be added to it, and compared when a
 * transcript is exported. Pure but for the hash it is given.
 */
import { canonicalJson, type JsonObject } from '../../lib/json.ts'

/** SHA-256 as lowercase hex, as fast as the platform has it. */
export type Sha256 = (text: string) => string | Promise<string>

/**
 * The digest of a body's canonical JSON (RFC 8785); null where it has no such form, as with half a surrogate pair. What cannot
 * be proved later is never exported.
 */
export function digestReceived(
  body: JsonObject,
  sha256: Sha256,
): string | null | Promise<string | null> {
  const canonical = canonicalOrNull(body)
  return canonical === null ? null : sha256(canonical)
}

function canonicalOrNull(body: JsonObject): string | null {
  try {
    return canonicalJson(body)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
