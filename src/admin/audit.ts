/** `GET /admin/v1/audit`: the audit log, oldest first, as far as it tells of the admin's tenants and policies. */
import * as z from 'zod'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import { readMoment } from '../lib/moments.ts'
import { type Admin, seesPolicy, seesTenant } from './authenticate-admin.ts'
import {
  digestSchema,
  limitParameter,
  momentParameter,
  nameSchema,
  policyIdSchema,
  timeSchema,
} from './common-schemas.ts'
import { defineRoute, type Route } from './route.ts'
import { refuseEmptyRange } from './transcripts/filter.ts'

export type AuditPorts = { readonly audit: Pick<AuditLog, 'read'> }

/** So many entries are looked at for one page, however few of them it may hold. */
const MAX_SCANNED = 1_000

const auditQuery = z.strictObject({
  after: z.coerce
    .number<string>()
    .int()
    .min(0)
    .default(0)
    .describe('The number of an entry: the page begins behind it'),
  policy: policyIdSchema.optional(),
  tenant: nameSchema.optional(),
  action: nameSchema.optional(),
  from: momentParameter('from').optional().describe('From this day (UTC) or moment on'),
  to: momentParameter('to')
    .optional()
    .describe('Until the end of this day (UTC), or before this moment'),
  limit: limitParameter,
})

type AuditQuery = z.output<typeof auditQuery>

/** Whole, so that their chain can be verified. */
const auditEntrySchema = z.object({
  seq: z.int().min(1).describe('Counted from 1, without gaps'),
  time: timeSchema,
  actor: z.string(),
  action: z.string(),
  policy: policyIdSchema.nullable(),
  tenant: z.string().nullable(),
  details: z.looseObject({}),
  prev: digestSchema.describe('The hash of the entry before'),
  hash: digestSchema.describe('SHA-256 of the canonical JSON (RFC 8785) of all other fields'),
})

export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z
    .int()
    .nullable()
    .describe('What to send as `after` for the next page; null at the end. A page may be empty'),
})

export function createAuditRoutes({ audit }: AuditPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/audit',
      operation: 'listAudit',
      scope: 'audit:read',
      summary: 'Who changed what, oldest first',
      query: auditQuery,
      answers: { 200: 'A page' },
      gives: auditPageSchema,
      async handle({ admin, query }) {
        const range = {
          from: query.from === undefined ? null : readMoment(query.from, 'from'),
          to: query.to === undefined ? null : readMoment(query.to, 'to'),
        }
        refuseEmptyRange(range)
        const isAsked = (entry: AuditEntry) => isAskedFor(query, entry) && isWithin(range, entry)
        const scanned = await audit.read(query.after, MAX_SCANNED)
        const found = scanned.filter((entry) => isSeen(admin, entry) && isAsked(entry))
        const entries = found.slice(0, query.limit)
        const last = found.length > query.limit ? entries.at(-1) : scanned.at(-1)
        const isEnd = scanned.length < MAX_SCANNED && found.length <= query.limit
        return { status: 200, body: { entries, next: isEnd ? null : (last?.seq ?? null) } }
      },
    }),
  ]
}

/** An entry that names neither tenant nor policy is of the whole gateway. A part of one cannot be hidden: its hash is of all. */
function isSeen(admin: Admin, { tenant, policy, details }: AuditEntry): boolean {
  if (tenant === null && policy === null) return seesTenant(admin, '*')
  const policies = [...listIn(details.policies), ...(policy === null ? [] : [policy])]
  const tenants = [...listIn(details.tenants), ...(tenant === null ? [] : [tenant])]
  return (
    tenants.every((id) => seesTenant(admin, String(id))) &&
    policies.every((id) => id === '*' || seesPolicy(admin, String(id)))
  )
}

function isWithin(
  { from, to }: { readonly from: number | null; readonly to: number | null },
  { time }: AuditEntry,
): boolean {
  return (from === null || time >= from) && (to === null || time < to)
}

function listIn(names: unknown): readonly unknown[] {
  return Array.isArray(names) ? names : []
}

function isAskedFor({ policy, tenant, action }: AuditQuery, entry: AuditEntry): boolean {
  return (
    (policy === undefined || policy === entry.policy) &&
    (tenant === undefined || tenant === entry.tenant) &&
    (action === undefined || action === entry.action)
  )
}
