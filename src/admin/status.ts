/** `GET /admin/v1/status`: how the admin's policies are doing on every instance. */
import type { StatusReport } from '../revisions/watching/status-report.ts'
import { type Admin, seesPolicy } from './authenticate-admin.ts'
import { defineRoute, type Route } from './route.ts'

export type StatusPorts = { readonly readStatus: () => Promise<StatusReport> }

export function createStatusRoutes({ readStatus }: StatusPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/status',
      operation: 'readStatus',
      scope: 'policy:read',
      summary:
        'What each instance serves, how often each section fired, and how rollouts are doing',
      answers: { 200: 'The status; not complete while the database is out of reach' },
      gives: 'Status',
      handle: async ({ admin }) => ({ status: 200, body: within(admin, await readStatus()) }),
    }),
  ]
}

function within(admin: Admin, { complete, instances, policies }: StatusReport): StatusReport {
  const isSeen = ({ id }: { readonly id: string }) => seesPolicy(admin, id)
  return {
    complete,
    instances: instances.map((one) => ({ ...one, policies: one.policies.filter(isSeen) })),
    policies: policies.filter(isSeen),
  }
}
