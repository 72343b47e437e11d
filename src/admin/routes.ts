/**
 * The routes of `/admin/v1`, and what stands before all of them: who asks, and how often. A table of contents.
 * The document that describes them holds nothing of the deployment, so that it is given to anyone.
 */
import { Hono } from 'hono'
import { createTokenBuckets } from '../access/rate-limit.ts'
import type { ExportPorts } from '../harvest/export/serving/export-request.ts'
import type { Clock } from '../lib/clock.ts'
import { createPeopleRoutes, type PeoplePorts } from './admins.ts'
import { type AuditPorts, createAuditRoutes } from './audit.ts'
import type { Admin, AdminEnvironment, AuthenticateAdmin } from './authenticate-admin.ts'
import { type BatchPorts, createBatchRoutes } from './batches.ts'
import { openApiDocumentSchema } from './components.ts'
import { createKeyRoutes, type KeyPorts } from './keys.ts'
import { renderDocument } from './openapi.ts'
import {
  type CandidateReviewPorts,
  createCandidateReviewRoutes,
} from './policies/candidate-reviews.ts'
import { createCheckRoutes } from './policies/check-policy.ts'
import { createDiffRoutes } from './policies/diff.ts'
import { createPolicyRoutes, type PolicyPorts } from './policies/policies.ts'
import { createRevisionRoutes } from './policies/revisions.ts'
import { createRolloutRoutes } from './policies/rollouts.ts'
import { createStatusRoutes, type StatusPorts } from './policies/status.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'
import { serveRoutes } from './serve-routes.ts'
import { createDeletedRowRoutes, type DeletedRowPorts } from './transcripts/deleted-rows.ts'
import { createDeletionRoutes, type DeletionRoutePorts } from './transcripts/deletions.ts'
import { createExportRoutes } from './transcripts/export.ts'
import { createLabelRoutes, type LabelPorts } from './transcripts/labels.ts'
import { createNameRoutes, type NamePorts } from './transcripts/names.ts'
import { createNotedExportRoutes, type NotedExportPorts } from './transcripts/noted-exports.ts'
import { createTranscriptRoutes, type TranscriptPorts } from './transcripts/transcripts.ts'

export type AdminPorts = PolicyPorts &
  StatusPorts &
  CandidateReviewPorts &
  NamePorts &
  TranscriptPorts &
  ExportPorts &
  NotedExportPorts &
  DeletedRowPorts &
  LabelPorts &
  DeletionRoutePorts &
  KeyPorts &
  PeoplePorts &
  AuditPorts &
  BatchPorts & { readonly authenticateAdmin: AuthenticateAdmin; readonly clock: Clock }

/** How much a subject may ask for in a minute. */
export type AdminLimits = { readonly changes: number; readonly reads: number }

/** Far above what people need, and far below what would trouble the database; who reads transcripts one by one reads many. */
const PER_MINUTE: AdminLimits = { changes: 600, reads: 6_000 }

/** Without limits (null) where nobody but the owner of the database can ask. */
export function createAdminRoutes(
  ports: AdminPorts,
  limits: AdminLimits | null = PER_MINUTE,
): Hono<AdminEnvironment> {
  const app = new Hono<AdminEnvironment>()
  app.use('/admin/*', async function nameAnswer(c, next) {
    await next()
    c.header('cache-control', 'no-store')
    c.header('x-request-id', c.get('requestId'))
  })
  const spendRequest = createSpendRequest(ports)
  app.use('/admin/v1/*', async function authenticate(c, next) {
    const admin = await ports.authenticateAdmin(c.req.header('authorization'))
    if (limits) spendRequest(admin, c.req.method, limits)
    c.set('admin', admin)
    await next()
  })
  serveRoutes(app, createTable(ports))
  app.all('/admin/v1/*', () => {
    throw new AdminProblem('not_found', 'No such route')
  })
  return app
}

function createTable(ports: AdminPorts): readonly Route[] {
  const described = defineRoute({
    method: 'get',
    path: '/admin/openapi.json',
    operation: 'readOpenApi',
    scope: null,
    summary: 'This document',
    answers: { 200: 'The document' },
    gives: openApiDocumentSchema,
    async handle() {
      document ??= renderDocument(table)
      return { status: 200, body: document }
    },
  })
  let document: ReturnType<typeof renderDocument> | null = null
  const table: readonly Route[] = [
    ...createPolicyRoutes(ports),
    ...createDiffRoutes(ports),
    ...createRevisionRoutes(ports),
    ...createCheckRoutes(ports),
    ...createRolloutRoutes(ports),
    ...createStatusRoutes(ports),
    ...createCandidateReviewRoutes(ports),
    ...createNameRoutes(ports),
    ...createTranscriptRoutes(ports),
    ...createExportRoutes(ports),
    ...createNotedExportRoutes(ports),
    ...createDeletedRowRoutes(ports),
    ...createLabelRoutes(ports),
    ...createDeletionRoutes(ports),
    ...createKeyRoutes(ports),
    ...createPeopleRoutes(ports),
    ...createBatchRoutes(ports),
    ...createAuditRoutes(ports),
    described,
  ]
  return table
}

/** Throws where a subject has no request left. */
function createSpendRequest({ clock }: Pick<AdminPorts, 'clock'>) {
  const spend = createTokenBuckets({ clock })
  return function spendRequest({ subject }: Admin, method: string, limits: AdminLimits): void {
    const isRead = method === 'GET' || method === 'HEAD'
    const limit = isRead ? limits.reads : limits.changes
    const waitSeconds = spend(JSON.stringify([subject, isRead]), limit)
    if (waitSeconds !== null) throw tooMany(isRead ? 'reads' : 'changes', limit, waitSeconds)
  }
}

function tooMany(what: 'reads' | 'changes', limit: number, waitSeconds: number): AdminProblem {
  return new AdminProblem(
    'rate_limited',
    `Send fewer requests: a subject may make at most ${limit} ${what} a minute`,
    { headers: { 'retry-after': String(waitSeconds) } },
  )
}
