/**
 * `DELETE /admin/v1/transcripts?subject=…`: removes a person, within the admin's tenants, and tells which exports hold them.
 * What is asked for is never repeated: not in the answer, not in a problem, not in the audit log.
 */
import * as z from 'zod'
import type { Deleted, DeleteSubject } from '../../transcript/store/delete-subject.ts'
import { type Admin, seesTenant } from '../authenticate-admin.ts'
import { nameSchema, timeSchema } from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'

export type DeletionRoutePorts = {
  readonly deleteSubject: DeleteSubject
  /** The digest under which transcripts of a tenant's subject are kept. */
  readonly digestSubject: (tenant: string, name: string) => Promise<string>
}

const deletionQuerySchema = z.strictObject({
  subject: z
    .string()
    .min(1)
    .max(1_000)
    .describe(
      'With `tenant`: what the client sent as safety_identifier, else as user, else the sub of its token. Without: the `subject` of a row',
    ),
  tenant: nameSchema.optional(),
})

const exportSchema = z.object({
  id: z.string(),
  time: timeSchema,
  actor: z.string(),
  format: z.string(),
  filters: z.looseObject({}),
  manifestDigest: z.string(),
  transcripts: z.int().describe('So many of the subject went into it'),
})

export const deletedSchema = z.object({
  transcripts: z.int(),
  labels: z.int(),
  candidateReviews: z.int(),
  exports: z.array(exportSchema).describe('What holds the subject outside of the gateway'),
})

const DIGEST = /^[0-9a-f]{64}$/

export function createDeletionRoutes(ports: DeletionRoutePorts): readonly Route[] {
  const { deleteSubject, digestSubject } = ports

  const byName = async (admin: Admin, tenant: string, name: string): Promise<Deleted> => {
    if (!seesTenant(admin, tenant)) {
      throw new AdminProblem('insufficient_scope', 'The token does not name this tenant')
    }
    const subject = await digestSubject(tenant, name)
    return deleteSubject({ subject, tenants: [tenant], actor: admin.actor })
  }

  const byDigest = (admin: Admin, subject: string): Promise<Deleted> => {
    if (!DIGEST.test(subject)) {
      const message = 'Name the tenant of this subject, or send the digest of 64 hex digits'
      const problems = [{ code: 'field_missing', message, parameter: 'tenant' }] as const
      throw new AdminProblem('invalid_request', message, { members: { problems } })
    }
    const tenants = admin.tenants.includes('*') ? null : admin.tenants
    return deleteSubject({ subject, tenants, actor: admin.actor })
  }

  return [
    defineRoute({
      method: 'delete',
      path: '/admin/v1/transcripts',
      operation: 'deleteSubject',
      scope: 'transcript:export',
      summary: 'Deletes every transcript of a subject, and whatever of it is still to come',
      query: deletionQuerySchema,
      answers: { 200: 'What was removed, and the exports that hold the subject' },
      gives: deletedSchema,
      async handle({ admin, query: { subject, tenant } }) {
        const deleted =
          tenant === undefined ? byDigest(admin, subject) : byName(admin, tenant, subject)
        return { status: 200, body: await deleted }
      },
    }),
  ]
}
