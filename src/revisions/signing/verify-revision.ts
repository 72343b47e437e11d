/**
 * Proves the signatures of a revision against the keys the operator trusts, and that it is meant for this deployment: the same
 * people sign for several, and what is tried in one must not serve in another. Reads the key set over the network when it is
 * given by URL; nothing of a revision decides where that is. A signature that is not of its text is refused and never passed
 * over: nobody can tell what it was meant to be. One by a key that is not trusted, or not any more, proves nothing and spoils
 * nothing: it is told by the name of its signer, and does not count.
 */
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type ExportedJWKSCache,
  errors,
  exportJWK,
  flattenedVerify,
  type JWKSCacheInput,
  jwksCache,
} from 'jose'
import * as z from 'zod'
import { decodeJson } from '../../lib/encoded-json.ts'
import { fetchKeySet } from '../../lib/fetch-key-set.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { printable } from '../../text/printable.ts'
import type { AdmissionCode } from '../admission-code.ts'
import type { AdmissionProblem, VerifiedRevision, VerifyRevision } from '../registry.ts'
import {
  type Envelope,
  REVISION_ALGORITHMS,
  REVISION_TYPE,
  type RevisionPayload,
} from '../revision.ts'
import { type EnvelopeReading, readEnvelope } from './read-envelope.ts'

/** The keys that may sign revisions, given or to be fetched. */
export type SignerKeys =
  | { readonly url: string }
  | { readonly set: { readonly keys: readonly object[] } }

/** The key set cannot be had: the gateway's own trouble, which neither admits nor refuses a revision. */
export class SignersUnavailable extends Error {
  override readonly name = 'SignersUnavailable'
  readonly code = 'signers_unavailable'

  constructor(options?: ErrorOptions) {
    super('Cannot fetch the keys that may sign revisions: try again later', options)
  }
}

/** So long a key that was taken out of a remote set is still trusted. */
const CACHE_MS = 60_000

/** Nothing else may stand in a header: no key of the sender's, no address, no extension that would have to be understood. */
const headerSchema = z.strictObject({
  typ: z.literal(REVISION_TYPE),
  alg: z.enum(REVISION_ALGORITHMS),
  kid: z.string().min(1).max(200),
})

type Header = z.infer<typeof headerSchema>
type Signer = VerifiedRevision['signers'][number]
type FindKey = (header: Header) => Promise<CryptoKey>

/** What revisions are held against. */
export type Trusted = {
  readonly findKey: FindKey
  /** What this deployment is called; null where it has no name, and takes what names none. */
  readonly audience: string | null
}

/** A key set as it was fetched. */
export type FetchedSigners = {
  readonly keys: readonly object[]
  /** Wall time. */
  readonly fetched: number
}

export type Signers = {
  /** Rejects with `SignersUnavailable` where the keys cannot be had. */
  readonly verify: VerifyRevision
  /** What was fetched last; null before, and where the keys are given. */
  readonly fetched: () => FetchedSigners | null
}

export function createSigners(keys: SignerKeys, audience: string | null = null): Signers {
  const cache: JWKSCacheInput = {}
  const findKey: FindKey =
    'url' in keys
      ? createRemoteJWKSet(new URL(keys.url), {
          cacheMaxAge: CACHE_MS,
          [jwksCache]: cache,
          [customFetch]: fetchKeySet,
        })
      : createLocalJWKSet(keys.set as Parameters<typeof createLocalJWKSet>[0])
  return {
    verify: (jws) => verifyWith({ findKey, audience }, jws),
    fetched() {
      const { jwks, uat } = cache as Partial<ExportedJWKSCache>
      return jwks && uat !== undefined ? { keys: jwks.keys, fetched: uat } : null
    },
  }
}

/** The verifier rejects with `SignersUnavailable` where the keys cannot be had. */
export function createRevisionVerifier({
  keys,
  audience = null,
}: {
  readonly keys: SignerKeys
  readonly audience?: string | null
}): VerifyRevision {
  return createSigners(keys, audience).verify
}

export async function verifyWith(
  { findKey, audience }: Trusted,
  jws: JsonValue,
): ReturnType<VerifyRevision> {
  const read = readEnvelope(jws)
  if (!read.ok) return read
  const signed = await verifySignatures(read.value, findKey)
  const stray = signed.ok ? strayProblem(read.value.payload, audience) : null
  return stray ? fail([stray]) : signed
}

/** What names a deployment serves in that one alone, and a deployment that has a name takes nothing that names none. */
function strayProblem(
  { audience: meant }: RevisionPayload,
  audience: string | null,
): AdmissionProblem | null {
  if ((meant ?? null) === audience) return null
  const pointer = '/jws/payload/audience'
  const what = meant === undefined ? 'it names no deployment' : `it is signed for ${meant}`
  const message =
    audience === null
      ? `Push it to the gateway whose POLICY_AUDIENCE it names: ${what}, and this one has no name`
      : `Sign it for this deployment, with --audience ${audience}: ${what}`
  return { code: 'audience_mismatch', message, pointer }
}

async function verifySignatures(
  { envelope, payload }: EnvelopeReading,
  findKey: FindKey,
): Promise<Result<VerifiedRevision, readonly AdmissionProblem[]>> {
  const problems: AdmissionProblem[] = []
  const passedOver: AdmissionProblem[] = []
  const good = new Map<string, { readonly signer: Signer; readonly signature: Signature }>()
  for (const [index, signature] of envelope.signatures.entries()) {
    const pointer = `/jws/signatures/${index}`
    const jws = { payload: envelope.payload, ...signature }
    const verified = await verifySignature(jws, pointer, findKey)
    if (!verified.ok) {
      const { code } = verified.failure
      const list = code === 'signer_unknown' ? passedOver : problems
      list.push(verified.failure)
      continue
    }
    const signer = verified.value
    const before = good.get(signer.thumbprint)
    if (before) passedOver.push(repeated(signer, { before: before.signer, pointer }))
    else good.set(signer.thumbprint, { signer, signature })
  }
  if (problems.length > 0) return fail(problems)
  if (good.size === 0) return fail(passedOver)
  const signatures = [...good.values()].map(({ signature }) => signature)
  return succeed({
    payload,
    envelope: { payload: envelope.payload, signatures },
    signers: [...good.values()].map(({ signer }) => signer),
    passedOver,
  })
}

function repeated(
  { kid }: Signer,
  { before, pointer }: { readonly before: Signer; readonly pointer: string },
): AdmissionProblem {
  const same = before.kid === kid ? `${named(kid)} has` : `${named(before.kid)} has, with this key,`
  const message = `Take the second signature of ${named(kid)} off: ${same} signed it already, and it does not count`
  return { code: 'signature_repeated', message, pointer, signer: kid }
}

type Signature = Envelope['signatures'][number]

type Flattened = { readonly payload: string } & Signature

async function verifySignature(
  jws: Flattened,
  pointer: string,
  findKey: FindKey,
): Promise<Result<Signer, AdmissionProblem>> {
  const header = readHeader(jws)
  if (!header.ok) {
    const [code, message] = header.failure
    return fail({ code, message, pointer })
  }
  const { kid } = header.value
  const refuse = (code: AdmissionCode, message: string) =>
    fail({ code, message, pointer, signer: kid })
  try {
    const key = await findKey(header.value)
    await flattenedVerify(jws, key, { algorithms: [...REVISION_ALGORITHMS] })
    return succeed({ kid, thumbprint: await calculateJwkThumbprint(await exportJWK(key)) })
  } catch (cause) {
    if (
      cause instanceof errors.JWKSNoMatchingKey ||
      cause instanceof errors.JWKSMultipleMatchingKeys
    ) {
      const message = `Take the signature of ${named(kid)} off, or have somebody else sign: POLICY_SIGNERS holds no key of that name`
      return refuse('signer_unknown', message)
    }
    if (
      cause instanceof errors.JWSSignatureVerificationFailed ||
      cause instanceof errors.JWSInvalid
    ) {
      const message = `Take the signature of ${named(kid)} off, or sign again: it is of another text, or by another key than the gateway knows by that name`
      return refuse('signature_invalid', message)
    }
    throw new SignersUnavailable({ cause })
  }
}

/** Of whoever signed no more than a line is told. */
const SHOWN_KID = 60

function named(kid: string): string {
  return printable(kid).replaceAll('\n', ' ').slice(0, SHOWN_KID).toWellFormed()
}

function readHeader(jws: Flattened): Result<Header, readonly [AdmissionCode, string]> {
  const json = decodeJson(jws.protected)
  const header = headerSchema.safeParse(json.ok ? json.value : null)
  if (header.success) return succeed(header.data)
  const wrong = new Set(header.error.issues.map(({ path }) => path[0]))
  if (wrong.has('typ')) {
    return fail(['type_wrong', `Sign a revision: the protected header wants typ ${REVISION_TYPE}`])
  }
  if (wrong.has('alg')) {
    const words = REVISION_ALGORITHMS.join(' or ')
    return fail(['algorithm_refused', `Sign with ${words}: no other algorithm is taken`])
  }
  return fail(['header_invalid', 'Write typ, alg and kid into the protected header, and no more'])
}
