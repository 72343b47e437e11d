/**
 * `GET`, `POST /admin/v1/keys` and `DELETE /admin/v1/keys/{id}`: the gateway's own keys, within the admin's tenants. A key is never
 * more than who makes it, and is shown once, in the answer that makes it; the store has its hash alone.
 */
import * as z from 'zod'
import { requestsPerMinuteSchema } from '../access/authenticate.ts'
import type { KeyRecord } from '../access/key-record.ts'
import type { KeyStore } from '../access/key-store.ts'
import { MODES } from '../policy/section.ts'
import { CONSENTS } from '../transcript/record/record.ts'
import { type Admin, seesPolicy, seesTenant } from './authenticate-admin.ts'
import { form, nameSchema, POLICY_ID_WORDS, timeSchema } from './common-schemas.ts'
import { requireConsent, requirePolicies, requireTenant } from './holdings.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'

export type KeyPorts = { readonly keys: Pick<KeyStore, 'create' | 'list' | 'revoke'> }

const MAX_BODY_BYTES = 64 * 1024
/** Behind it there is no date (ECMA-262, 21.4.1.1). */
const LAST_MOMENT = 8_640_000_000_000_000

const consent = z.enum(CONSENTS)
/** The weakest first: a key may only strengthen. */
const mode = z.enum(MODES.toReversed())

/** What a caller may say of a new key; the defaults are those of the command line, too. */
export const newKeySchema = z.strictObject({
  tenant: nameSchema.default('default'),
  app: nameSchema.default('default'),
  policies: z
    .array(
      z.string().regex(/^(?:\*|[a-z0-9][a-z0-9-]{0,63})$/, form(`${POLICY_ID_WORDS}, or of *`)),
    )
    .max(100)
    .default([])
    .describe('Ids the key may choose from, the first by default; * allows any'),
  consent: consent.default('audit'),
  minimumMode: mode.nullable().default(null),
  requestsPerMinute: requestsPerMinuteSchema.nullable().default(null),
  expires: z
    .int()
    .min(1, { error: 'Send a moment to come, in milliseconds since 1970' })
    .max(LAST_MOMENT)
    .nullable()
    .default(null),
})

const settings = z.object({
  id: z.string(),
  tenant: z.string(),
  app: z.string(),
  policies: z.array(z.string()),
  consent,
  minimumMode: mode.nullable(),
  requestsPerMinute: requestsPerMinuteSchema.nullable(),
  // Of a key that was made to have ended before there were such times.
  expires: z.int().nullable(),
})

export const keyRecordSchema = settings.extend({
  created: timeSchema,
  revoked: timeSchema.nullable(),
  hiddenPolicies: z
    .exactOptional(z.int().min(1))
    .describe('So many more ids it may choose from: the token does not hold these policies'),
})

export const createdKeySchema = settings.extend({
  key: z.string().describe('The key itself: it is shown only now'),
})

export const keysSchema = z.object({ keys: z.array(keyRecordSchema) })

type Keys = KeyPorts['keys']

export function createKeyRoutes({ keys }: KeyPorts): readonly Route[] {
  return [listKeys(keys), createKey(keys), revokeKey(keys)]
}

function listKeys(keys: Keys): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/v1/keys',
    operation: 'listKeys',
    scope: 'key:manage',
    summary: 'Every key of the tenants, the newest first, revoked ones too',
    answers: { 200: 'The keys, without the keys themselves' },
    gives: keysSchema,
    async handle({ admin }) {
      const records = await keys.list()
      const seen = records
        .filter(({ tenant }) => seesTenant(admin, tenant))
        .map((record) => asSeen(admin, record))
      return { status: 200, body: { keys: seen } }
    },
  })
}

/** Of `*` nothing is to be hidden: it names no policy. */
function asSeen(admin: Admin, { policies, ...record }: KeyRecord) {
  const seen = policies.filter((id) => id === '*' || seesPolicy(admin, id))
  const hiddenPolicies = policies.length - seen.length
  return { ...record, policies: seen, ...(hiddenPolicies > 0 && { hiddenPolicies }) }
}

function createKey(keys: Keys): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/v1/keys',
    operation: 'createKey',
    scope: 'key:manage',
    summary: 'Makes a key and shows it, once; sent twice it makes two',
    takes: { body: newKeySchema, maxBytes: MAX_BODY_BYTES },
    answers: { 201: 'The key' },
    gives: createdKeySchema,
    async handle({ admin, body }) {
      requireTenant(admin, body.tenant)
      requirePolicies(admin, body.policies)
      requireConsent(admin, body.consent)
      const { minimumMode, requestsPerMinute, expires, ...rest } = body
      const key = {
        ...rest,
        ...(minimumMode !== null && { mode: minimumMode }),
        ...(requestsPerMinute !== null && { requestsPerMinute }),
        ...(expires !== null && { expires }),
      }
      const made = await keys.create(key, admin.actor)
      return { status: 201, body: { ...body, ...made } }
    },
  })
}

function revokeKey(keys: Keys): Route {
  return defineRoute({
    method: 'delete',
    path: '/admin/v1/keys/{id}',
    operation: 'revokeKey',
    scope: 'key:manage',
    summary: 'Revokes a key: no instance takes it any more after a second',
    parameters: z.object({ id: z.string().regex(/^[0-9a-f]{8}$/) }),
    answers: { 204: 'It is revoked' },
    async handle({ admin, path: { id } }) {
      const record = (await keys.list()).find((one) => one.id === id)
      const isSeen = record !== undefined && seesTenant(admin, record.tenant)
      if (!isSeen || !(await keys.revoke(id, admin.actor))) {
        throw new AdminProblem('not_found', 'No such key')
      }
      return { status: 204, body: null }
    },
  })
}
