/**
 * The caller of `/v1/*`: a gateway key or a JWT becomes a principal. Looks keys up in the store.
 * Keeps digests and principals for a few seconds, never a key; a refusal is the same for every reason.
 */
import type { JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { Principal } from './principal.ts'
import { bearerToken, type VerifyToken } from './tokens.ts'

const KEY = /^chm_[0-9a-f]{8}_[0-9a-f]{40}$/

/** How long a revoked key may live on in another instance. */
const KEY_MEMORY_MS = 5_000
const KEY_MEMORY_SIZE = 10_000

const claimsSchema = z.object({
  tenant: z.string().min(1).max(200),
  app: z.string().min(1).max(200).default('default'),
  policies: z.array(z.string()).max(100).default([]),
  consent: z.enum(['none', 'audit', 'harvest']).default('audit'),
  scope: z.string().default(''),
  sub: z.string().optional(),
})

/** Turns an `Authorization` header into a principal. @throws GatewayError `invalid_api_key`. */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>

/** Gives the principal of a live key by the SHA-256 of the whole key, as lowercase hex. */
export type FindKey = (digest: string) => Promise<Principal | null>

export type AuthenticateOptions = {
  readonly off: boolean
  /** Null where gateway keys are not accepted. */
  readonly findKey: FindKey | null
  /** Null where tokens are not accepted. */
  readonly verifyToken: VerifyToken | null
  readonly sha256: (text: string) => string | Promise<string>
  readonly clock: Clock
}

/** Whoever calls a gateway that asks for nothing. */
const OPEN: Principal = {
  kind: 'open',
  id: 'open',
  tenant: 'default',
  app: 'default',
  policies: ['*'],
  minimumMode: null,
  consent: 'audit',
  scope: [],
  subject: null,
}

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  if (options.off) return () => OPEN
  const { findKey, verifyToken, sha256, clock } = options
  const remembered = new LRUCache<string, { principal: Principal; until: number }>({
    max: KEY_MEMORY_SIZE,
  })

  async function fromKey(find: FindKey, key: string): Promise<Principal> {
    const digest = await sha256(key)
    const known = remembered.get(digest)
    if (known && known.until > clock.monotonic()) return known.principal
    const principal = await find(digest)
    if (!principal) {
      remembered.delete(digest)
      throw new GatewayError('invalid_api_key')
    }
    remembered.set(digest, { principal, until: clock.monotonic() + KEY_MEMORY_MS })
    return principal
  }

  async function fromToken(verify: VerifyToken, token: string): Promise<Principal> {
    const payload = await verify(token)
    const principal = payload && toPrincipal(payload)
    if (!principal) throw new GatewayError('invalid_api_key')
    return principal
  }

  return function authenticate(authorization) {
    const token = bearerToken(authorization)
    if (token === null) throw new GatewayError('invalid_api_key')
    if (findKey && KEY.test(token)) return fromKey(findKey, token)
    if (verifyToken && token.split('.').length === 3) return fromToken(verifyToken, token)
    throw new GatewayError('invalid_api_key')
  }
}

function toPrincipal(payload: JWTPayload): Principal | null {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { tenant, app, policies, consent, scope, sub } = parsed.data
  return {
    kind: 'jwt',
    id: sub ?? `${tenant}/${app}`,
    tenant,
    app,
    policies,
    minimumMode: null,
    consent,
    scope: scope.split(' ').filter(Boolean),
    subject: sub ?? null,
  }
}
