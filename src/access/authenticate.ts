/**
 * The caller of `/v1/*`: a gateway key or a JWT becomes a principal. Looks keys up in the store.
 * It keeps nothing; a refusal is the same for every reason.
 */
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import { GatewayError } from '../errors.ts'
import type { Defer } from '../policy/repository.ts'
import { CONSENTS } from '../transcript/record/record.ts'
import type { Principal } from './principal.ts'
import { bearerToken, type VerifyToken } from './tokens.ts'

const KEY = /^chm_[0-9a-f]{8}_[0-9a-f]{40}$/

/** The limit of a caller's requests, as tokens and the admin surface give it. */
export const requestsPerMinuteSchema = z.number().int().min(1).max(1_000_000)

/** No control characters and no half ones: the index could not tell two such tenants apart, and no admin could name one. */
const name = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)

const claimsSchema = z.object({
  tenant: name,
  app: name.default('default'),
  policies: z.array(z.string()).max(100).default([]),
  consent: z.enum(CONSENTS).default('audit'),
  scope: z.string().default(''),
  limits: z.object({ rpm: requestsPerMinuteSchema.optional() }).default({}),
  sub: z.string().optional(),
})

/**
 * Turns the credential in a request's headers into a principal; `defer` gets what the caller need not wait for.
 * @throws GatewayError `invalid_api_key`.
 */
export type Authenticate = (headers: Headers, defer?: Defer) => Principal | Promise<Principal>

/** Gives the principal of a live key by the SHA-256 of the whole key, as lowercase hex. */
export type FindKey = (digest: string, defer?: Defer) => Promise<Principal | null>

export type AuthenticateOptions = {
  readonly off: boolean
  /** Null where gateway keys are not accepted. */
  readonly findKey: FindKey | null
  /** Null where tokens are not accepted. */
  readonly verifyToken: VerifyToken | null
  readonly sha256: (text: string) => string | Promise<string>
}

/** Whoever calls a gateway that asks for nothing. */
const OPEN: Principal = {
  kind: 'open',
  id: 'open',
  tenant: 'default',
  app: 'default',
  policies: ['*'],
  minimumMode: null,
  requestsPerMinute: null,
  consent: 'audit',
  scope: [],
  subject: null,
}

/** Where clients put a key besides `authorization`: Anthropic's and Azure's. */
const KEY_HEADERS = ['x-api-key', 'api-key']

/** Every credential that a request presents, each once; an empty string for one in a form that is none. */
export function presentedIn(headers: Headers): readonly string[] {
  const authorization = headers.get('authorization')
  const bearer = authorization ? [bearerToken(authorization) ?? ''] : []
  return [...new Set([...bearer, ...KEY_HEADERS.flatMap((name) => headers.get(name) ?? [])])]
}

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  if (options.off) return () => OPEN
  const { findKey, verifyToken, sha256 } = options
  return function authenticate(headers, defer) {
    const [token, other] = presentedIn(headers)
    // Of two nobody can tell which one is meant, nor whose request it is.
    if (token === undefined || other !== undefined) throw new GatewayError('invalid_api_key')
    if (findKey && KEY.test(token))
      return fromKey((digest) => findKey(digest, defer), sha256(token))
    if (verifyToken && token.split('.').length === 3) return fromToken(verifyToken, token)
    throw new GatewayError('invalid_api_key')
  }
}

async function fromKey(find: FindKey, digest: string | Promise<string>): Promise<Principal> {
  const principal = await find(await digest)
  if (!principal) throw new GatewayError('invalid_api_key')
  return principal
}

async function fromToken(verify: VerifyToken, token: string): Promise<Principal> {
  const payload = await verify(token)
  const principal = payload && toPrincipal(payload)
  if (!principal) throw new GatewayError('invalid_api_key')
  return principal
}

function toPrincipal(payload: JWTPayload): Principal | null {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { tenant, app, policies, consent, scope, limits, sub } = parsed.data
  return {
    kind: 'jwt',
    id: sub ?? `${tenant}/${app}`,
    tenant,
    app,
    policies,
    minimumMode: null,
    requestsPerMinute: limits.rpm ?? null,
    consent,
    scope: scope.split(' ').filter(Boolean),
    subject: sub ?? null,
  }
}
