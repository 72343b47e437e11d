/**
 * A key as revisions are signed with: which algorithm it is for, and what its signature is called. Pure.
 * The algorithm follows from the key and never from what a signed text says of itself.
 */
import type { JWK } from 'jose'

/** @throws TypeError for a key that no revision may be signed with. */
export function algorithmOf({ kty, crv }: JWK): 'EdDSA' | 'ES256' {
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  if (kty === 'EC' && crv === 'P-256') return 'ES256'
  throw new TypeError(`Sign with an Ed25519 or a P-256 key: got ${kty ?? 'none'} ${crv ?? ''}`)
}

/** @throws TypeError for a key without a name. */
export function kidOf({ kid }: JWK): string {
  if (kid) return kid
  throw new TypeError('Give the key a kid: signatures are looked up by it')
}
