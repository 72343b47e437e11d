/** Which callers a rollout or a move is for, as commands take it. Pure. */
import type { CallerScope } from '../../revisions/registry.ts'

export const CALLERS = {
  tenant: {
    takes: 'T',
    says: 'Only for callers of this tenant',
    otherwise: 'callers of every tenant',
    multiple: true,
  },
  app: { takes: 'A', says: 'Only for this app', otherwise: 'every app', multiple: true },
} as const

export type GivenCallers = {
  readonly tenant: readonly string[]
  readonly app: readonly string[]
}

export function callersIn({ tenant, app }: GivenCallers): CallerScope | null {
  if (tenant.length === 0 && app.length === 0) return null
  return { tenants: tenant.length > 0 ? tenant : null, apps: app.length > 0 ? app : null }
}

/** The same as words of a command. */
export function callerWords(callers: CallerScope | null): readonly string[] {
  const { tenants = null, apps = null } = callers ?? {}
  return [
    ...(tenants ?? []).flatMap((tenant) => ['--tenant', tenant]),
    ...(apps ?? []).flatMap((app) => ['--app', app]),
  ]
}
