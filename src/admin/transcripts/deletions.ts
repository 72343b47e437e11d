/**
 * `DELETE /admin/v1/transcripts?subject=…`: removes a person, within the admin's tenants, and tells which exports hold them.
 * What is asked for is never repeated: not in the answer, not in a problem, not in the audit log.
 */
import * as z from 'zod'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import type { Deleted, DeleteSubject } from '../../transcript/store/delete-subject.ts'
import type { HeldExport } from '../../transcript/store/exports.ts'
import { type Admin, seesPolicy, seesTenant } from '../authenticate-admin.ts'
import { nameSchema, timeSchema } from '../common-schemas.ts'
import { requireTenant } from '../holdings.ts'
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
  filters: z
    .looseObject({})
    .describe('Empty where they name a tenant or a policy that the token does not'),
  manifestDigest: z.string(),
  transcripts: z.int().describe('So many of the subject went into it'),
  rows: z
    .array(
      z.object({
        id: z.string().describe('As the row says itself; where several share it, all of them'),
        split: z.string().nullable().describe('The file; null where it is not known'),
      }),
    )
    .nullable()
    .describe(
      'To be taken out, as `chambers harvest scrub` does; null for one made before rows were remembered',
    ),
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
    requireTenant(admin, tenant)
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
        const deleted = await (tenant === undefined
          ? byDigest(admin, subject)
          : byName(admin, tenant, subject))
        const exports = deleted.exports.map((one) => asSeen(admin, one))
        return { status: 200, body: { ...deleted, exports } }
      },
    }),
  ]
}

/** Whoever made it may see more than who deletes a person in it. */
function asSeen(admin: Admin, held: HeldExport): HeldExport {
  const { filters } = held
  const asked = isJsonObject(filters.filter) ? { ...filters, ...filters.filter } : filters
  const isSeen =
    [...namesIn(asked.tenant), ...namesIn(asked.tenants)].every((id) => seesTenant(admin, id)) &&
    namesIn(asked.policy).every((id) => seesPolicy(admin, id))
  return isSeen ? held : { ...held, filters: {} }
}

/** One name, several or none. */
function namesIn(value: JsonValue | undefined): readonly string[] {
  return [value ?? []].flat().map(String)
}
