/**
 * `GET`, `POST /admin/v1/keys` and `DELETE /admin/v1/keys/{id}`: the gateway's own keys, within the admin's tenants.
 * A key is shown once, in the answer that makes it; the store has its hash alone.
 */
import * as z from 'zod'
import type { KeyStore } from '../access/key-store.ts'
import { seesTenant } from './authenticate-admin.ts'
import { AdminProblem } from './problem.ts'
import { defineRoute, type Route } from './route.ts'

export type KeyPorts = { readonly keys: Pick<KeyStore, 'create' | 'list' | 'revoke'> }

const MAX_BODY_BYTES = 64 * 1024

export function createKeyRoutes({ keys }: KeyPorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/keys',
      operation: 'listKeys',
      scope: 'key:manage',
      summary: 'Every key of the tenants, the newest first, revoked ones too',
      answers: { 200: 'The keys, without the keys themselves' },
      gives: 'Keys',
      async handle({ admin }) {
        const records = await keys.list()
        const seen = records.filter(({ tenant }) => seesTenant(admin, tenant))
        return { status: 200, body: { keys: seen } }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/v1/keys',
      operation: 'createKey',
      scope: 'key:manage',
      summary: 'Makes a key and shows it, once; sent twice it makes two',
      takes: { body: 'NewKey', maxBytes: MAX_BODY_BYTES },
      answers: { 201: 'The key' },
      gives: 'CreatedKey',
      async handle({ admin, body }) {
        if (!seesTenant(admin, body.tenant)) {
          throw new AdminProblem('insufficient_scope', 'The token does not name this tenant')
        }
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
    }),
    defineRoute({
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
    }),
  ]
}
