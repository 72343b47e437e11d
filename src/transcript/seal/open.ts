/**
 * Opens what was sealed for the data team, with their private key: for the command line, never for a gateway. No I/O.
 * A seal proves nothing of who made it: anyone who has the public key can make one.
 */
import { base64url } from 'jose'
import { LRUCache } from 'lru-cache'
import * as z from 'zod'
import type { Bytes, Compression } from '../../lib/compression.ts'
import { decodeJson } from '../../lib/encoded-json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { decodeTranscript } from '../record/encode.ts'
import type { Transcript } from '../record/record.ts'
import { SEAL_ALGORITHM, SEAL_ENCRYPTION, thumbprintOf } from './seal.ts'
import { type PrivateTranscriptKey, transcriptKeySchema } from './transcript-key.ts'
import { unwrapContentKey } from './unwrap.ts'

export type OpenFailure = {
  /** `key_missing`: it was sealed for another key than those given. */
  readonly reason: 'key_missing' | 'seal_broken'
}

/** Gives what was sealed. */
export type Open = (sealed: string) => Promise<Result<Bytes, OpenFailure>>

/** Instances renew their content keys every few minutes: of one day of a dozen. */
const MAX_KEYS = 4_000

const headerSchema = z.strictObject({
  alg: z.literal(SEAL_ALGORITHM),
  enc: z.literal(SEAL_ENCRYPTION),
  cty: z.literal('gzip'),
  kid: z.string(),
  epk: transcriptKeySchema,
})

/** Opens what was sealed for any of the keys. */
export async function createOpen(keys: readonly PrivateTranscriptKey[]): Promise<Open> {
  const named = new Map<string, PrivateTranscriptKey>()
  for (const key of keys) named.set(await thumbprintOf(key), key)
  const contentKeys = new LRUCache<string, CryptoKey>({ max: MAX_KEYS })

  const contentKeyOf = async (
    header: string,
    wrapped: string,
  ): Promise<Result<CryptoKey, OpenFailure>> => {
    const known = contentKeys.get(`${header}.${wrapped}`)
    if (known) return succeed(known)
    const json = decodeJson(header)
    const read = headerSchema.safeParse(json.ok ? json.value : null)
    if (!read.success) return fail({ reason: 'seal_broken' })
    const { kid, epk } = read.data
    const key = named.get(kid)
    if (!key) return fail({ reason: 'key_missing' })
    const contentKey = await unwrapContentKey(key, epk, decode(wrapped))
    contentKeys.set(`${header}.${wrapped}`, contentKey)
    return succeed(contentKey)
  }

  return async function open(sealed) {
    const [header = '', wrapped = '', nonce = '', ciphertext = '', tag = '', ...rest] =
      sealed.split('.')
    if (rest.length > 0) return fail({ reason: 'seal_broken' })
    try {
      const contentKey = await contentKeyOf(header, wrapped)
      if (!contentKey.ok) return contentKey
      const additionalData = new TextEncoder().encode(header)
      const algorithm = { name: 'AES-GCM', iv: decode(nonce), additionalData, tagLength: 128 }
      const content = joined(decode(ciphertext), decode(tag))
      return succeed(
        new Uint8Array(await crypto.subtle.decrypt(algorithm, contentKey.value, content)),
      )
    } catch {
      return fail({ reason: 'seal_broken' })
    }
  }
}

/** A sealed transcript as it was recorded. One that was put in the place of another is as good as damaged. */
export async function openTranscript(
  { id, sealed }: { readonly id: string; readonly sealed: string },
  { open, compression }: { readonly open: Open; readonly compression: Compression },
): Promise<Result<Transcript, OpenFailure>> {
  const opened = await open(sealed)
  if (!opened.ok) return opened
  const decoded = await decodeTranscript(opened.value, compression)
  if (!decoded.ok || decoded.value.id !== id) return fail({ reason: 'seal_broken' })
  return decoded
}

function joined(ciphertext: Bytes, tag: Bytes): Bytes {
  // A tag that was cut would prove less.
  if (tag.length !== 16) throw new RangeError('A tag has 16 bytes')
  const all = new Uint8Array(ciphertext.length + tag.length)
  all.set(ciphertext)
  all.set(tag, ciphertext.length)
  return all
}

function decode(text: string): Bytes {
  return Uint8Array.from(base64url.decode(text))
}
