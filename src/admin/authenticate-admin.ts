/**
 * The caller of `/admin/v1`: always a JWT, whatever `AUTH` says. Its scope says what, its tenants and policies say whose.
 * A tenant or policy that the token does not name must look as if it did not exist.
 */
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import type { AdminStore, Person } from '../access/admin-store.ts'
import { bearerToken, type VerifyToken } from '../access/tokens.ts'
import type { Clock } from '../lib/clock.ts'
import type { GatewayVariables } from '../v1/exchange.ts'
import { nameSchema } from './common-schemas.ts'
import { AdminProblem } from './problem.ts'

export const SCOPES = [
  'policy:read',
  'policy:write',
  'policy:activate',
  'policy:stop',
  'transcript:read',
  'transcript:export',
  'key:manage',
  'audit:read',
  'admin:manage',
] as const

export type Scope = (typeof SCOPES)[number]

export type Admin = {
  readonly subject: string
  /** As the audit log names them. */
  readonly actor: string
  readonly scopes: ReadonlySet<string>
  /** Tenant ids the admin may see; `*` is every one. */
  readonly tenants: readonly string[]
  /** Policy ids the admin may see and change; `*` is every one. */
  readonly policies: readonly string[]
  /** When a person's token ends, in milliseconds since the epoch; null where whoever it is can have another at any time. */
  readonly expires: number | null
}

/** What the middleware leaves in the context of an admin's request. */
export type AdminEnvironment = {
  Bindings: object
  Variables: GatewayVariables & { admin: Admin }
}

// They stand in queries.
const names = z.array(nameSchema).max(1000)

const claimsSchema = z.object({
  // It stands in the audit log.
  sub: nameSchema,
  scope: z.string().default(''),
  tenants: names.default([]),
  policies: names.optional(),
})

/** Turns an `Authorization` header into an admin. @throws AdminProblem `not_authenticated`. */
export type AuthenticateAdmin = (authorization: string | undefined) => Promise<Admin>

export type AdminSources = {
  /** Null: no admin keys are configured, so nobody is let in by one. */
  readonly verifyToken: VerifyToken | null
  /** People with tokens of this gateway; null where it issues none. */
  readonly people: Pick<AdminStore, 'find'> | null
  readonly clock: Clock
}

export function createAuthenticateAdmin({
  verifyToken,
  people,
  clock,
}: AdminSources): AuthenticateAdmin {
  return async function authenticateAdmin(authorization) {
    const token = bearerToken(authorization)
    const payload = token && verifyToken ? await verifyToken(token) : null
    if (payload) return toAdmin(payload) ?? refuse(REFUSED)
    const person = token && people ? await people.find(token) : null
    return person ? personToAdmin(person, clock.now()) : refuse(REFUSED)
  }
}

const REFUSED =
  'The admin token is missing or not valid: tokens end, and are revoked. Ask whoever gave you yours for a new one; on the machine of the gateway the command line has one by itself'

function refuse(detail: string): never {
  throw new AdminProblem('not_authenticated', detail)
}

/** What became of a token may be told to whoever has it. */
function personToAdmin(person: Person, now: number): Admin {
  const { name, scopes, tenants, policies, expires, revoked } = person
  const end = Math.min(revoked ?? expires, expires)
  if (end <= now) {
    const what = end === expires ? 'ended' : 'was revoked'
    refuse(`The token of ${name} ${what} at ${new Date(end).toISOString()}: ask for a new one`)
  }
  const holdings = { scopes: new Set(scopes), tenants, policies, expires }
  return { subject: name, actor: `admin:${name}`, ...holdings }
}

/** @throws AdminProblem `insufficient_scope` when the token does not grant the scope. */
export function requireScope(admin: Admin, scope: Scope): void {
  if (!admin.scopes.has(scope)) {
    throw new AdminProblem('insufficient_scope', `The token lacks the scope ${scope}`)
  }
}

export function seesTenant(admin: Admin, tenant: string): boolean {
  return admin.tenants.includes('*') || admin.tenants.includes(tenant)
}

export function seesPolicy(admin: Admin, policy: string): boolean {
  return admin.policies.includes('*') || admin.policies.includes(policy)
}

function toAdmin(payload: JWTPayload): Admin | null {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { sub, scope, tenants } = parsed.data
  const policies = parsed.data.policies ?? (tenants.includes('*') ? ['*'] : [])
  const scopes = new Set(scope.split(' ').filter(Boolean))
  return { subject: sub, actor: `admin:${sub}`, scopes, tenants, policies, expires: null }
}
