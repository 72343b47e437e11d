/**
 * Signs revisions: the first signature over a payload, and those of further people over the same one.
 * Through WebCrypto, otherwise pure. A private key goes in and never comes out, in an error as little as in an envelope.
 */
import { base64url, decodeProtectedHeader, FlattenedSign, flattenedVerify, type JWK } from 'jose'
import { canonicalJson } from '../../lib/json.ts'
import {
  type Envelope,
  REVISION_ALGORITHMS,
  REVISION_TYPE,
  type RevisionPayload,
  revisionPayloadSchema,
} from '../revision.ts'

/** @throws TypeError for a key that cannot sign revisions, or a ZodError for a payload that is none. */
export async function signRevision(options: {
  readonly payload: RevisionPayload
  readonly key: JWK
}): Promise<Envelope> {
  const payload = revisionPayloadSchema.parse(options.payload)
  return signText(new TextEncoder().encode(canonicalJson(payload)), options.key)
}

/** @throws TypeError for a key that cannot sign revisions, RangeError for one that has signed this one already. */
export async function addSignature(envelope: Envelope, key: JWK): Promise<Envelope> {
  for (const signature of envelope.signatures) {
    if (await isSignedBy({ payload: envelope.payload, ...signature }, key)) {
      throw new RangeError(`Sign with another key: the revision bears one of ${kidOf(key)} already`)
    }
  }
  const { signatures } = await signText(base64url.decode(envelope.payload), key)
  return { payload: envelope.payload, signatures: [...envelope.signatures, ...signatures] }
}

async function signText(bytes: Uint8Array, key: JWK): Promise<Envelope> {
  const header = { alg: algorithmOf(key), typ: REVISION_TYPE, kid: kidOf(key) }
  const signed = await new FlattenedSign(bytes).setProtectedHeader(header).sign(key)
  const { payload, protected: protectedHeader = '', signature } = signed
  return { payload, signatures: [{ protected: protectedHeader, signature }] }
}

type Flattened = { readonly payload: string } & Envelope['signatures'][number]

/** By name, or by what it proves: a key under a second name is no second person. */
async function isSignedBy(jws: Flattened, key: JWK): Promise<boolean> {
  if (decodeProtectedHeader(jws).kid === kidOf(key)) return true
  const { d: _private, key_ops: _operations, ...publicKey } = key
  try {
    await flattenedVerify(jws, publicKey, { algorithms: [...REVISION_ALGORITHMS] })
    return true
  } catch {
    return false
  }
}

/**
 * The algorithm follows from the key and never from what a signed text says of itself.
 * @throws TypeError for a key that no revision may be signed with.
 */
function algorithmOf({ kty, crv }: JWK): 'EdDSA' | 'ES256' {
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  if (kty === 'EC' && crv === 'P-256') return 'ES256'
  throw new TypeError(`Sign with an Ed25519 or a P-256 key: got ${kty ?? 'none'} ${crv ?? ''}`)
}

/** @throws TypeError for a key without a name. */
function kidOf({ kid }: JWK): string {
  if (kid) return kid
  throw new TypeError('Give the key a kid: signatures are looked up by it')
}
