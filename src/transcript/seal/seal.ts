/**
 * Seals content for the data team: compact JWE (ECDH-ES+A256KW, A256GCM) that their private key alone opens. No I/O.
 * To agree upon a key for each transcript costs a millisecond, so one content key serves for a while: wrapped once, carried
 * by everything it seals, never written down otherwise. Its nonces are counted, so that none comes twice.
 */
import { base64url, calculateJwkThumbprint, FlattenedEncrypt, importJWK } from 'jose'
import type { Clock, Random } from '../../lib/clock.ts'
import type { Bytes } from '../../lib/compression.ts'
import type { TranscriptKey } from './transcript-key.ts'

/** Gives the JWE's characters as bytes. */
export type Seal = (content: Bytes) => Promise<Bytes>

export type EncryptInput = {
  readonly key: Bytes
  readonly nonce: Bytes
  /** Is authenticated, too. */
  readonly header: Bytes
  readonly content: Bytes
}

/** AES-256-GCM as fast as the platform has it; both parts in base64url, the tag of 16 bytes. */
export type Encrypt = (input: EncryptInput) => Encrypted | Promise<Encrypted>

export type Encrypted = { readonly ciphertext: string; readonly tag: string }

export const SEAL_ALGORITHM = 'ECDH-ES+A256KW'
export const SEAL_ENCRYPTION = 'A256GCM'

/** A content key that lasts longer would open more to whoever reads the memory of the program. */
const KEY_MS = 5 * 60_000
const KEY_USES = 100_000

export type SealOptions = {
  readonly key: TranscriptKey
  readonly clock: Clock
  readonly random: Random
  readonly encrypt?: Encrypt
}

/** What one content key seals. */
type Batch = {
  readonly contentKey: Bytes
  /** The protected header and the wrapped key, as every JWE of the batch begins. */
  readonly beginning: string
  readonly header: Bytes
  readonly endsMs: number
  uses: number
}

/** @throws Error when the key is none. */
export async function createSeal(options: SealOptions): Promise<Seal> {
  const { clock, random, encrypt = encryptOnWeb } = options
  const { key } = options
  const publicKey = await importJWK(key, SEAL_ALGORITHM)
  const kid = await thumbprintOf(key)
  const encoder = new TextEncoder()

  const begin = async (): Promise<Batch> => {
    const contentKey = fromHex(random.hex(32))
    const jwe = await new FlattenedEncrypt(new Uint8Array())
      .setProtectedHeader({ alg: SEAL_ALGORITHM, enc: SEAL_ENCRYPTION, cty: 'gzip', kid })
      .setContentEncryptionKey(contentKey)
      .encrypt(publicKey)
    return {
      contentKey,
      beginning: `${jwe.protected}.${jwe.encrypted_key}`,
      header: encoder.encode(jwe.protected),
      endsMs: clock.monotonic() + KEY_MS,
      uses: 0,
    }
  }

  // A settled value, never a promise: what one request waits for must not end with another.
  let batch = await begin()
  let renewing = false

  const current = async (): Promise<Batch> => {
    const isSpent = batch.uses >= KEY_USES || clock.monotonic() >= batch.endsMs
    const isOverdue = batch.uses >= 2 * KEY_USES || clock.monotonic() >= batch.endsMs + KEY_MS
    // One renews while the others go on; should it be ended early, the next ones do it themselves.
    if (!isSpent || (renewing && !isOverdue)) return batch
    renewing = true
    try {
      batch = await begin()
    } finally {
      renewing = false
    }
    return batch
  }

  return async function seal(content) {
    const used = await current()
    const nonce = nonceOf(used.uses++)
    const { contentKey, header, beginning } = used
    const { ciphertext, tag } = await encrypt({ key: contentKey, nonce, header, content })
    return encoder.encode(`${beginning}.${base64url.encode(nonce)}.${ciphertext}.${tag}`)
  }
}

/** By which a JWE names its key: RFC 7638. */
export function thumbprintOf({ kty, crv, x, y }: TranscriptKey): Promise<string> {
  return calculateJwkThumbprint({ kty, crv, x, ...(y !== undefined && { y }) })
}

/** Unique as long as the key is new and in this process alone, as it is. */
function nonceOf(use: number): Bytes {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setBigUint64(4, BigInt(use))
  return nonce
}

function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

const TAG_BYTES = 16

async function encryptOnWeb({ key, nonce, header, content }: EncryptInput): Promise<Encrypted> {
  const imported = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: header }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, content))
  const end = sealed.length - TAG_BYTES
  return {
    ciphertext: base64url.encode(sealed.subarray(0, end)),
    tag: base64url.encode(sealed.subarray(end)),
  }
}
