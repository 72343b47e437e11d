/**
 * `GET /admin/v1/policies/{policy}/diff`: what two bundles say differently, each by what people call it: a revision's number,
 * 0 for the one built in, how its digest begins, its part in a rollout, or another policy's name. Something new is compared
 * with nothing.
 */
import * as z from 'zod'
import { inTurns } from '../../lib/in-turns.ts'
import { compareInSteps } from '../../policy/compare/compare.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import type { PolicyState } from '../../revisions/registry.ts'
import { POLICY_ID } from '../../revisions/revision.ts'
import { type Admin, seesPolicy } from '../authenticate-admin.ts'
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

type Control = Pick<PolicyControl, 'states' | 'bundle' | 'revisions'>

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
  from: bundleName.nullable().describe('Null where it is compared with nothing'),
  to: bundleName,
  same: z.boolean().describe('True where the contents are the same'),
  settings: z.array(fieldChange),
  precedence: z.array(precedenceMove),
  sections: z.array(sectionChange),
  styles: z.array(fieldChange),
})

const ID = POLICY_ID.source.slice(1, -1)
const WITHIN = '\\d{1,15}|[0-9a-f]{4,64}|active|candidate'
/** `3`, `3f9a`, `active`, `acme@3`, `acme`, `none`. */
const NAME = new RegExp(`^(?:(?:(${ID})@)?(${WITHIN})|(${ID}))$`)

const revisionName = z
  .string()
  .regex(
    NAME,
    form(
      'a number, of the beginning of a digest, active, candidate, none, a policy, or POLICY@ and one of the first',
    ),
  )
  .describe(
    'A number (0: the bundle built in), how a digest begins (with a letter among its digits), `active` or `candidate`, each of another policy after its id and @; a policy alone is what serves of it, else what was pushed last; `from` may be `none`',
  )

export function createDiffRoutes({ control }: { readonly control: Control }): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/policies/{policy}/diff',
      operation: 'diffPolicy',
      scope: 'policy:read',
      summary: 'What two revisions say differently, of one policy or of two',
      parameters: policyPath,
      query: z.strictObject({ from: revisionName, to: revisionName }),
      answers: { 200: 'The differences' },
      gives: policyDiffSchema,
      async handle({ admin, path: { policy }, query }) {
        requirePolicy(admin, policy)
        const find = (parameter: 'from' | 'to') =>
          bundleByName(control, { admin, policy, name: query[parameter], parameter })
        const [from, to] = [await find('from'), await find('to')]
        if (!to) throw noSuchRevision('to')
        return { status: 200, body: await inTurns(compareInSteps(from, to)) }
      },
    }),
  ]
}

type Wanted = {
  readonly admin: Admin
  readonly policy: string
  readonly name: string
  readonly parameter: 'from' | 'to'
}

/**
 * Null for nothing: where that is named, or where what serves is and nothing does.
 * @throws AdminProblem `not_found`, or `invalid_request` where the name fits two bundles.
 */
async function bundleByName(control: Control, wanted: Wanted): Promise<Bundle | null> {
  const { admin, name, parameter } = wanted
  if (name === 'none') return null
  const [, other, within, alone] = NAME.exec(name) ?? []
  const policy = other ?? wanted.policy
  requirePolicy(admin, policy)
  const state = (await control.states()).find((one) => one.policy === policy)
  if (within === 'active' && !state) return null
  const number = await numberOf(control, { policy, within, state, parameter })
  const bundle = number === null ? null : await control.bundle(policy, number)
  if (bundle) return bundle
  // A policy may be called as a digest begins.
  const id = other === undefined ? (alone ?? name) : ''
  const whole = POLICY_ID.test(id) && seesPolicy(admin, id) ? await wholePolicy(control, id) : null
  if (whole) return whole
  throw noSuchRevision(parameter)
}

async function numberOf(
  control: Control,
  options: {
    readonly policy: string
    readonly within: string | undefined
    readonly state: PolicyState | undefined
    readonly parameter: string
  },
): Promise<number | null> {
  const { policy, within, state, parameter } = options
  if (within === undefined) return null
  if (within === 'active') return state?.active ?? null
  if (within === 'candidate') return state?.candidate ?? null
  if (/^\d{1,15}$/.test(within)) return Number(within)
  return numberByDigest(control, policy, { prefix: within, parameter })
}

/** What serves of a policy, else what was pushed last. */
async function wholePolicy(control: Control, policy: string): Promise<Bundle | null> {
  const state = (await control.states()).find((one) => one.policy === policy)
  if (state) return control.bundle(policy, state.active)
  const [newest] = await control.revisions(policy, { before: null, limit: 1 })
  return newest ? control.bundle(policy, newest.number) : null
}

function noSuchRevision(parameter: string): AdminProblem {
  return new AdminProblem('not_found', `No such revision: ${parameter}`)
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
