/**
 * The caller of `/admin/v1`: always a JWT, whatever `AUTH` says. Its scope says what, its tenants say whose.
 * A tenant that the token does not name must look as if it did not exist.
 */
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import type { GatewayVariables } from '../http/exchange.ts'
import { bearerToken, type VerifyToken } from '../http/tokens.ts'
import { AdminProblem } from './problem.ts'

export const SCOPES = [
  'policy:read',
  'policy:write',
  'policy:activate',
  'transcript:read',
  'transcript:export',
  'key:manage',
  'audit:read',
] as const

export type Scope = (typeof SCOPES)[number]

export type Admin = {
  readonly subject: string
  readonly scopes: ReadonlySet<string>
  /** Tenant ids the admin may see; `*` is every one. */
  readonly tenants: readonly string[]
}

/** What the middleware leaves in the context of an admin's request. */
export type AdminEnvironment = {
  Bindings: object
  Variables: GatewayVariables & { admin: Admin }
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  scope: z.string().default(''),
  tenants: z.array(z.string().min(1)).max(1000).default([]),
})

/** Turns an `Authorization` header into an admin. @throws AdminProblem 401. */
export type AuthenticateAdmin = (authorization: string | undefined) => Promise<Admin>

/** Null instead of a verifier: no admin keys are configured, so nobody is let in. */
export function createAuthenticateAdmin(verifyToken: VerifyToken | null): AuthenticateAdmin {
  return async function authenticateAdmin(authorization) {
    const token = bearerToken(authorization)
    const payload = token && verifyToken ? await verifyToken(token) : null
    const admin = payload && toAdmin(payload)
    if (!admin) throw new AdminProblem(401, 'The admin token is missing or not valid')
    return admin
  }
}

/** @throws AdminProblem 403 when the token does not grant the scope. */
export function requireScope(admin: Admin, scope: Scope): void {
  if (!admin.scopes.has(scope)) throw new AdminProblem(403, `The token lacks the scope ${scope}`)
}

export function seesTenant(admin: Admin, tenant: string): boolean {
  return admin.tenants.includes('*') || admin.tenants.includes(tenant)
}

function toAdmin(payload: JWTPayload): Admin | null {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { sub, scope, tenants } = parsed.data
  return { subject: sub, scopes: new Set(scope.split(' ').filter(Boolean)), tenants }
}
