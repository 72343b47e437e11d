/**
 * A revision: a policy's bundle under a number, signed. Schemas and types, no I/O.
 * The envelope is a JWS in general JSON serialization (RFC 7515, 7.2.1); what it says counts only once it is verified.
 */
import * as z from 'zod'
import { decodeJson } from '../lib/encoded-json.ts'

export const POLICY_ID = /^[a-z0-9][a-z0-9-]{0,63}$/
export const DIGEST = /^[0-9a-f]{64}$/

/** The `typ` of the envelope's protected headers: a token signed for something else is no revision. */
export const REVISION_TYPE = 'chambers-revision+jws'
export const REVISION_ALGORITHMS = ['EdDSA', 'ES256'] as const

/** What a deployment is called: visible characters. */
export const AUDIENCE = /^[^\p{C}]{1,200}$/u

const digest = z.string().regex(DIGEST)
const time = z.iso.datetime()

/** What is signed. Times are ISO 8601 in UTC. */
export const revisionPayloadSchema = z.strictObject({
  policy: z.string().regex(POLICY_ID),
  audience: z
    .exactOptional(z.string().regex(AUDIENCE))
    .describe('The deployment it is for, as its POLICY_AUDIENCE says; it serves in no other'),
  /** Above every number that was committed before. */
  revision: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  digest,
  testsDigest: digest,
  notBefore: time,
  expires: z.exactOptional(time),
  author: z.string().min(1).max(200),
  note: z.string().max(2000),
  /** The digest that was active when this was written; null where there was none. */
  supersedes: digest.nullable(),
  stop: z
    .exactOptional(z.literal(true))
    .describe('One person goes back by it to what served before `supersedes`: see decision 0032'),
})

export type RevisionPayload = z.infer<typeof revisionPayloadSchema>

const base64url = z.string().regex(/^[\w-]+$/)

export const MAX_SIGNATURES = 20

export const envelopeSchema = z.strictObject({
  payload: base64url,
  signatures: z
    .array(z.strictObject({ protected: base64url, signature: base64url }))
    .min(1)
    .max(MAX_SIGNATURES),
})

export type Envelope = z.infer<typeof envelopeSchema>

/** What an envelope says; meaningful only for one that was verified. @throws Error for one that was never admitted. */
export function readPayload({ payload }: Envelope): RevisionPayload {
  const json = decodeJson(payload)
  return revisionPayloadSchema.parse(json.ok ? json.value : null)
}
