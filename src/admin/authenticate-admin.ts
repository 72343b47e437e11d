/**
 * The caller of `/admin/v1`: always a JWT, whatever `AUTH` says. Its scope says what, its tenants and policies say whose.
 * A tenant or policy that the token does not name must look as if it did not exist.
 */
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import { bearerToken, type VerifyToken } from '../access/tokens.ts'
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

/** Null instead of a verifier: no admin keys are configured, so nobody is let in. */
export function createAuthenticateAdmin(verifyToken: VerifyToken | null): AuthenticateAdmin {
  return async function authenticateAdmin(authorization) {
    const token = bearerToken(authorization)
    const payload = token && verifyToken ? await verifyToken(token) : null
    const admin = payload && toAdmin(payload)
    if (!admin) {
      throw new AdminProblem('not_authenticated', 'The admin token is missing or not valid')
    }
    return admin
  }
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
  return { subject: sub, actor: `admin:${sub}`, scopes, tenants, policies }
}
