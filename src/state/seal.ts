/**
 * Seals what the next turn of a conversation may ask for, for nobody but the gateway: compact JWE (RFC 7516), `dir` with `A256GCM`,
 * under keys that all instances share. No I/O. Whoever opens must say what it was sealed for, so that no row and no token can be
 * put in the place of another.
 */
import { base64url, CompactEncrypt, compactDecrypt } from 'jose'
import { type JsonValue, parseJson } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

/** A key of 256 bits: `k` in base64url, `kid` as its name in what it seals. */
export type StateKey = { readonly kid: string; readonly k: string }

/** `unknown`: sealed by another key, or not by a gateway at all. `altered`: not as it was sealed, or for something else. */
export type UnsealFailure = { readonly reason: 'unknown' | 'altered' }

export interface StateSeal {
  /** `purpose`: what it is for; it opens for the same alone. */
  seal(content: JsonValue, purpose: readonly string[]): Promise<string>
  open(token: string, purpose: readonly string[]): Promise<Result<JsonValue, UnsealFailure>>
}

const ALGORITHM = 'dir'
const ENCRYPTION = 'A256GCM'
export const STATE_KEY_BYTES = 32

/** The newest key first: it seals; the others open what they have sealed. @throws DOMException for a key that is none. */
export async function createStateSeal(
  keys: readonly [StateKey, ...StateKey[]],
): Promise<StateSeal> {
  const imported = new Map<string, CryptoKey>()
  for (const { kid, k } of keys) {
    const bytes = Uint8Array.from(base64url.decode(k))
    const uses = ['encrypt', 'decrypt'] as const
    imported.set(kid, await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [...uses]))
  }
  const [{ kid }] = keys
  const header = { alg: ALGORITHM, enc: ENCRYPTION, kid }
  const keyOf = (name: unknown): CryptoKey => {
    const key = typeof name === 'string' ? imported.get(name) : undefined
    if (!key) throw new UnknownKey()
    return key
  }
  return {
    seal(content, purpose) {
      const text = JSON.stringify({ for: purpose, content })
      const jwe = new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header)
      return jwe.encrypt(keyOf(kid))
    },
    async open(token, purpose) {
      try {
        const { plaintext } = await compactDecrypt(token, ({ kid: name }) => keyOf(name), {
          keyManagementAlgorithms: [ALGORITHM],
          contentEncryptionAlgorithms: [ENCRYPTION],
        })
        return unpack(new TextDecoder().decode(plaintext), purpose)
      } catch (error) {
        return fail({ reason: error instanceof UnknownKey ? 'unknown' : 'altered' })
      }
    },
  }
}

class UnknownKey extends Error {}

function unpack(text: string, purpose: readonly string[]): Result<JsonValue, UnsealFailure> {
  // Numbers and the order of members come back as the provider wrote them.
  const parsed = parseJson(text, { exact: true })
  if (!parsed.ok) return fail({ reason: 'altered' })
  const { for: sealedFor, content } = parsed.value as { for: JsonValue; content: JsonValue }
  const isSame = JSON.stringify(sealedFor) === JSON.stringify(purpose)
  return isSame ? succeed(content) : fail({ reason: 'altered' })
}
