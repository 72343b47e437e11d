/**
 * `GET /admin/v1/policies/{policy}/diff`: what two bundles of a policy say differently, each by what people call it: a
 * revision's number, 0 for the one built in, or how its digest begins.
 */
import * as z from 'zod'
import { inTurns } from '../../lib/in-turns.ts'
import { compareInSteps } from '../../policy/compare/compare.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import {
  digestSchema,
  form,
  MAX_PAGE,
  policyIdSchema,
  revisionNumberSchema,
} from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'
import { defineRoute, type Route } from '../route.ts'
import { policyPath, requirePolicy } from './visible-policies.ts'

type Control = Pick<PolicyControl, 'bundle' | 'revisions'>

const bundleName = z.object({
  id: policyIdSchema,
  digest: digestSchema,
  revision: revisionNumberSchema,
})

const fieldChange = z.object({
  path: z.string().describe('Names between dots: judge.failAt'),
  from: z.unknown().describe('Null where there is none'),
  to: z.unknown(),
})

const clauseText = z.object({
  side: z.enum(['allowed', 'disallowed', 'safe_completion']),
  text: z.string(),
})

const clauseChange = z.object({
  id: z.string(),
  change: z.enum(['added', 'removed', 'changed', 'moved']),
  from: clauseText.nullable(),
  to: clauseText.nullable(),
})

const sectionChange = z.object({
  id: z.string(),
  title: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  fields: z.array(fieldChange),
  clauses: z.array(clauseChange),
  triggers: z.object({
    added: z.array(z.string()),
    removed: z.array(z.string()),
    reordered: z.boolean(),
  }),
})

const precedenceMove = z.object({
  section: z.string(),
  from: z.int().nullable(),
  to: z.int().nullable(),
  gained: z.array(z.string()),
  lost: z.array(z.string()),
})

export const policyDiffSchema = z.object({
  from: bundleName,
  to: bundleName,
  same: z.boolean().describe('True where the contents are the same'),
  settings: z.array(fieldChange),
  precedence: z.array(precedenceMove),
  sections: z.array(sectionChange),
  styles: z.array(fieldChange),
})

const revisionName = z
  .string()
  .regex(/^(?:\d{1,15}|[0-9a-f]{4,64})$/, form('a number, or of the beginning of a digest'))
  .describe(
    'A number (0: the bundle built in), or how a digest begins, with a letter among its digits',
  )

export function createDiffRoutes({ control }: { readonly control: Control }): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/diff',
      operation: 'diffPolicy',
      scope: 'policy:read',
      summary: 'What two revisions of a policy say differently',
      parameters: policyPath,
      query: z.strictObject({ from: revisionName, to: revisionName }),
      answers: { 200: 'The differences' },
      gives: policyDiffSchema,
      async handle({ admin, path: { policy }, query }) {
        requirePolicy(admin, policy)
        const from = await bundleByName(control, policy, { name: query.from, parameter: 'from' })
        const to = await bundleByName(control, policy, { name: query.to, parameter: 'to' })
        return { status: 200, body: await inTurns(compareInSteps(from, to)) }
      },
    }),
  ]
}

/** @throws AdminProblem `not_found`, or `invalid_request` where the name fits two bundles. */
async function bundleByName(
  control: Control,
  policy: string,
  { name, parameter }: { readonly name: string; readonly parameter: string },
): Promise<Bundle> {
  const number = /^\d{1,15}$/.test(name)
    ? Number(name)
    : await numberByDigest(control, policy, { prefix: name, parameter })
  const bundle = number === null ? null : await control.bundle(policy, number)
  if (!bundle) throw new AdminProblem('not_found', `No such revision: ${parameter}`)
  return bundle
}

/** The newest one, where several numbers bear one digest. */
async function numberByDigest(
  control: Control,
  policy: string,
  { prefix, parameter }: { readonly prefix: string; readonly parameter: string },
): Promise<number | null> {
  const found = new Map<string, number>()
  const note = (digest: string, number: number) => {
    if (digest.startsWith(prefix) && !found.has(digest)) found.set(digest, number)
  }
  for (let before: number | null = null; ; ) {
    const page = await control.revisions(policy, { before, limit: MAX_PAGE })
    for (const { digest, number } of page) note(digest, number)
    if (page.length < MAX_PAGE) break
    before = page.at(-1)?.number ?? 0
  }
  const builtIn = await control.bundle(policy, 0)
  if (builtIn) note(builtIn.digest, 0)
  if (found.size > 1) {
    const message = 'Send more of the digest: several revisions have one that begins so'
    throw new AdminProblem('invalid_request', 'Change the query as the problems say', {
      members: { problems: [{ code: 'field_invalid', message, parameter }] },
    })
  }
  return [...found.values()][0] ?? null
}
