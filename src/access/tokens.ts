/**
 * Verifies JSON Web Tokens of apps and admins: signature, issuer, audience, expiry, with explicit algorithms.
 * Reads the key set over the network when it is given by URL. A refusal says nothing about why.
 */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { decodeJson } from '../lib/encoded-json.ts'
import { fetchKeySet } from '../lib/fetch-key-set.ts'
import { MINUTE_MS } from '../lib/time-spans.ts'

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256', 'PS256']
const CLOCK_TOLERANCE_SECONDS = 10
/** So long a key that was taken out of a remote set is still trusted, and a set that is out of reach is not missed. */
const CACHE_MS = 5 * MINUTE_MS

/** Where tokens are verified: the keys, fetched or given, and the two claims that must match. */
export type TokenSettings = {
  readonly keys: { readonly url: string } | { readonly set: { readonly keys: readonly object[] } }
  readonly issuer: string
  readonly audience: string
}

/** What jose reports when the key set could not be had: the gateway's trouble, not the caller's. */
const KEY_SET_TROUBLE = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'])

/** No token of an admin lives longer: one that got into other hands is worth a day. */
export const LONGEST_ADMIN_SECONDS = 24 * 60 * 60

/** Gives the claims of a valid token, or null for one that is not; rejects with a GatewayError when the keys cannot be had. */
export type VerifyToken = (token: string) => Promise<JWTPayload | null>

/**
 * Keys come from the settings alone: an address or a key in a token's own header is never looked at. A token that was made to live
 * for longer than `longestSeconds` is refused.
 */
export function createTokenVerifier(
  settings: TokenSettings,
  clock: Clock,
  longestSeconds: number = Number.POSITIVE_INFINITY,
): VerifyToken {
  const keys =
    'url' in settings.keys
      ? fetchKeys(settings.keys.url)
      : createLocalJWKSet(settings.keys.set as Parameters<typeof createLocalJWKSet>[0])

  return async function verifyToken(token) {
    if (!isReadableOneWay(token)) return null
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer: settings.issuer,
        audience: settings.audience,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      })
      return lifeOf(payload, clock.now() / 1000) <= longestSeconds + CLOCK_TOLERANCE_SECONDS
        ? payload
        : null
    } catch (cause) {
      if (cause instanceof errors.JOSEError) return null
      throw cause
    }
  }
}

/** Whoever has signed it, and whoever else reads it, may take another one of two claims of a name. */
function isReadableOneWay(token: string): boolean {
  const [header = '', claims = ''] = token.split('.')
  return decodeJson(header).ok && decodeJson(claims).ok
}

/** In seconds: from when it says it was made, which may be left out but not put off, to its end. */
function lifeOf({ iat, exp }: JWTPayload, now: number): number {
  return exp === undefined ? Number.POSITIVE_INFINITY : exp - Math.min(iat ?? now, now)
}

function fetchKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: CACHE_MS,
    [customFetch]: fetchKeySet,
  })
  return async function findKey(header, token) {
    try {
      return await keys(header, token)
    } catch (cause) {
      if (cause instanceof errors.JOSEError && !KEY_SET_TROUBLE.has(cause.code)) throw cause
      throw new GatewayError('storage_unavailable', {
        message: 'The token could not be checked: its keys are out of reach',
        cause,
      })
    }
  }
}

/** The token of an `Authorization: Bearer` header; null when there is none. */
export function bearerToken(authorization: string | undefined): string | null {
  return /^Bearer +([\w.~+/=-]{1,8192})$/i.exec(authorization ?? '')?.[1] ?? null
}
