/**
 * The keys of sealed transcripts, as JSON Web Keys: the public one that gateways hold, and the private one that they must never
 * see. Schemas, no I/O.
 */
import * as z from 'zod'

/** 32 bytes in base64url. */
const part = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

const onP256 = z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: part, y: part })
const onX25519 = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('X25519'),
  x: part,
  y: z.undefined().optional(),
})

const pair = z.union([onP256, onX25519])

/** Everything but the point of the curve is dropped: what a key is for, the program knows. */
export const transcriptKeySchema = pair
  .refine((key) => !('d' in key))
  .transform(
    ({ kty, crv, x, y }): TranscriptKey => ({ kty, crv, x, ...(y !== undefined && { y }) }),
  )

export const privateTranscriptKeySchema = pair.and(z.looseObject({ d: part })).transform(
  ({ kty, crv, x, y, d }): PrivateTranscriptKey => ({
    kty,
    crv,
    x,
    ...(y !== undefined && { y }),
    d,
  }),
)

export type TranscriptKey = {
  readonly kty: 'EC' | 'OKP'
  readonly crv: 'P-256' | 'X25519'
  readonly x: string
  readonly y?: string
}

export type PrivateTranscriptKey = TranscriptKey & { readonly d: string }
