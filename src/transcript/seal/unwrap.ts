/**
 * The content key of a JWE by ECDH-ES+A256KW (RFC 7518, 4.6), through WebCrypto. No I/O.
 * jose opens these JWEs as well, but agrees upon the key anew for each: apart from the rest, it is done once for all that share it.
 */
import type { Bytes } from '../../lib/compression.ts'
import { SEAL_ALGORITHM } from './seal.ts'
import type { PrivateTranscriptKey, TranscriptKey } from './transcript-key.ts'

/** Rejects where the key was not wrapped for this one. */
export async function unwrapContentKey(
  privateKey: PrivateTranscriptKey,
  ephemeral: TranscriptKey,
  wrapped: Bytes,
): Promise<CryptoKey> {
  const algorithm =
    privateKey.crv === 'X25519' ? { name: 'X25519' } : { name: 'ECDH', namedCurve: 'P-256' }
  const own = await crypto.subtle.importKey('jwk', { ...privateKey }, algorithm, false, [
    'deriveBits',
  ])
  const other = await crypto.subtle.importKey('jwk', { ...ephemeral }, algorithm, false, [])
  const secret = await crypto.subtle.deriveBits({ name: algorithm.name, public: other }, own, 256)
  const wrapping = await crypto.subtle.importKey('raw', await derive(secret), 'AES-KW', false, [
    'unwrapKey',
  ])
  return crypto.subtle.unwrapKey('raw', wrapped, wrapping, 'AES-KW', 'AES-GCM', false, ['decrypt'])
}

/** One round of the Concat KDF: 256 bits, with empty party information. */
function derive(secret: ArrayBuffer): Promise<ArrayBuffer> {
  const name = new TextEncoder().encode(SEAL_ALGORITHM)
  const input = new Uint8Array(4 + secret.byteLength + 4 + name.length + 4 + 4 + 4)
  const view = new DataView(input.buffer)
  let at = 0
  const number = (value: number) => {
    view.setUint32(at, value)
    at += 4
  }
  const bytes = (value: Uint8Array) => {
    input.set(value, at)
    at += value.length
  }
  number(1)
  bytes(new Uint8Array(secret))
  number(name.length)
  bytes(name)
  number(0)
  number(0)
  number(256)
  return crypto.subtle.digest('SHA-256', input)
}
