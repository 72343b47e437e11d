/**
 * `GET`, `POST /admin/v1/admins` and `DELETE /admin/v1/admins/{id}`: people with tokens of their own, so that the audit log says who.
 * Nobody makes, sees or takes away a person who holds more than they do. A token is shown once, in the answer that makes it.
 */
import * as z from 'zod'
import type { AdminStore, IssueToken, Person } from '../access/admin-store.ts'
import type { Clock } from '../lib/clock.ts'
import { DAY_MS } from '../lib/time-spans.ts'
import { type Admin, SCOPES, seesPolicy, seesTenant } from './authenticate-admin.ts'
import { form, nameSchema, POLICY_ID_WORDS, timeSchema } from './common-schemas.ts'
import { requireEnd, requirePolicies, requireScopes, requireTenants } from './holdings.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'

export type PeoplePorts = {
  readonly admins: AdminStore
  /** Null where the tokens of admins come from elsewhere. */
  readonly people: IssueToken | null
  readonly clock: Clock
}

const MAX_BODY_BYTES = 64 * 1024
const LONGEST_DAYS = 366
const USUAL_DAYS = 90

/** As the audit log names them, so that two who read it take it for one and the same. */
const personName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._@+-]{0,63}$/,
    form('a name: lower-case letters, digits and . _ @ + -, as ann or ann@example.org'),
  )
  .refine((name) => name !== 'local-admin', {
    error: 'Choose another name: local-admin is the one whom a first start has made',
  })

const policies = z
  .array(z.string().regex(/^(?:\*|[a-z0-9][a-z0-9-]{0,63})$/, form(`${POLICY_ID_WORDS}, or of *`)))
  .min(1)
  .max(1000)

/** What may be said of a new person; the defaults are those of the command line, too. */
export const newPersonSchema = z.strictObject({
  name: personName,
  scopes: z
    .array(z.enum(SCOPES))
    .min(1, { error: `Send what they may do: some of ${SCOPES.join(', ')}` })
    .max(SCOPES.length),
  tenants: z.array(nameSchema).min(1).max(1000).default(['*']).describe('* is every one'),
  policies: policies.default(['*']).describe('Ids; * is every one'),
  expires: timeSchema
    .nullable()
    .default(null)
    .describe(
      `When the token ends, in milliseconds since 1970: at most ${LONGEST_DAYS} days from now; null: in ${USUAL_DAYS} days, or with the token that makes it`,
    ),
})

export const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  tenants: z.array(z.string()),
  policies: z.array(z.string()),
  created: timeSchema,
  createdBy: z.string().describe('As the audit log names them'),
  expires: timeSchema,
  revoked: timeSchema.nullable(),
})

export const createdPersonSchema = personSchema.extend({
  token: z.string().describe('The token itself: it is shown only now'),
})

export const peopleSchema = z.object({ admins: z.array(personSchema) })

export function createPeopleRoutes(ports: PeoplePorts): readonly Route[] {
  return [listAdmins(ports), createAdmin(ports), revokeAdmin(ports)]
}

function listAdmins({ admins }: PeoplePorts): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/admins',
    operation: 'listAdmins',
    scope: 'admin:manage',
    summary: 'People with tokens of their own, the newest first; those who were revoked, too',
    answers: { 200: 'The people, without their tokens' },
    gives: peopleSchema,
    async handle({ admin }) {
      const people = await admins.list()
      return { status: 200, body: { admins: people.filter((one) => holdsAll(admin, one)) } }
    },
  })
}

function createAdmin({ admins, people, clock }: PeoplePorts): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/admins',
    operation: 'createAdmin',
    scope: 'admin:manage',
    summary: 'Makes a token for a person and shows it, once',
    takes: { body: newPersonSchema, maxBytes: MAX_BODY_BYTES },
    answers: { 201: 'The person, with the token' },
    gives: createdPersonSchema,
    async handle({ admin, body }) {
      requireScopes(admin, body.scopes)
      requireTenants(admin, body.tenants)
      requirePolicies(admin, body.policies)
      if (!people) throw elsewhere()
      const expires = readExpiry(admin, body.expires, clock.now())
      const scopes = SCOPES.filter((scope) => body.scopes.includes(scope))
      const by = { actor: admin.actor, issue: people }
      const made = await admins.create({ ...body, scopes, expires }, by)
      if (!made.ok) {
        const detail = `Choose another name, or revoke ${body.name} first: somebody has it`
        throw new AdminProblem('conflict', detail)
      }
      const { person, token } = made.value
      return { status: 201, body: { ...person, token } }
    },
  })
}

function revokeAdmin({ admins }: PeoplePorts): Route {
  return defineRoute({
    method: 'delete',
    path: '/admin/v1/admins/{id}',
    operation: 'revokeAdmin',
    scope: 'admin:manage',
    summary: 'Takes a person’s token back: no instance takes it any more',
    parameters: z.object({ id: z.string().regex(/^adm_[0-9a-f]{16}$/) }),
    answers: { 204: 'It is revoked' },
    async handle({ admin, path: { id } }) {
      const person = (await admins.list()).find((one) => one.id === id)
      const isSeen = person !== undefined && holdsAll(admin, person)
      if (!isSeen || !(await admins.revoke(id, admin.actor))) {
        throw new AdminProblem('not_found', 'No such admin')
      }
      return { status: 204, body: null }
    },
  })
}

/** Whoever holds more is none of the admin's business. */
function holdsAll(admin: Admin, { scopes, tenants, policies: held }: Person): boolean {
  return (
    scopes.every((scope) => admin.scopes.has(scope)) &&
    tenants.every((tenant) => seesTenant(admin, tenant)) &&
    held.every((policy) => seesPolicy(admin, policy))
  )
}

/** Unasked, it ends with the token that makes it, where that is earlier. */
function readExpiry(admin: Admin, asked: number | null, now: number): number {
  const expires = asked ?? Math.min(now + USUAL_DAYS * DAY_MS, admin.expires ?? Number.MAX_VALUE)
  requireEnd(admin, expires)
  if (expires > now && expires <= now + LONGEST_DAYS * DAY_MS) return expires
  const message = `Send a moment to come, at most ${LONGEST_DAYS} days from now, in milliseconds since 1970`
  const problems = [{ code: 'field_invalid', message, pointer: '/expires' }] as const
  throw new AdminProblem('invalid_request', 'The token would end at no time that it may', {
    members: { problems },
  })
}

function elsewhere(): AdminProblem {
  return new AdminProblem(
    'conflict',
    'Make the person where ADMIN_ISSUER stands: this gateway takes the tokens of that issuer, and has none of its own',
  )
}
