/**
 * `GET`, `POST /admin/v1/keys` and `DELETE /admin/v1/keys/{id}`: the gateway's own keys, within the admin's tenants.
 * A key is shown once, in the answer that makes it; the store has its hash alone.
 */
import type { Context } from 'hono'
import * as z from 'zod'
import { requestsPerMinuteSchema } from '../http/authenticate.ts'
import type { KeyStore } from '../http/key-store.ts'
import { readJsonBody } from '../http/read.ts'
import { type AdminEnvironment, seesTenant } from './authenticate-admin.ts'
import { AdminProblem } from './problem.ts'

export type KeyPorts = { readonly keys: Pick<KeyStore, 'create' | 'list' | 'revoke'> }

const MAX_BODY_BYTES = 64 * 1024

const name = z.string().min(1).max(200)

/** What a caller may say of a new key; the defaults are those of the command line, too. */
export const newKeySchema = z.strictObject({
  tenant: name.default('default'),
  app: name.default('default'),
  policies: z
    .array(z.string().regex(/^(?:\*|[a-z0-9][a-z0-9-]{0,63})$/))
    .max(100)
    .default([]),
  consent: z.enum(['none', 'audit', 'harvest']).default('audit'),
  minimumMode: z.enum(['off', 'shadow', 'enforce']).nullable().default(null),
  requestsPerMinute: requestsPerMinuteSchema.nullable().default(null),
  expires: z.number().int().positive().nullable().default(null),
})

export function createKeyRoutes({ keys }: KeyPorts) {
  return {
    async list(c: Context<AdminEnvironment>): Promise<Response> {
      const admin = c.get('admin')
      const records = await keys.list()
      return c.json({ keys: records.filter(({ tenant }) => seesTenant(admin, tenant)) })
    },

    async create(c: Context<AdminEnvironment>): Promise<Response> {
      const parsed = newKeySchema.safeParse(await readJsonBody(c.req.raw, MAX_BODY_BYTES))
      if (!parsed.success) {
        const fields = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`)
        throw new AdminProblem(400, `Change the fields of the key: ${fields.join(', ')}`)
      }
      if (!seesTenant(c.get('admin'), parsed.data.tenant)) {
        throw new AdminProblem(403, 'The token does not name this tenant')
      }
      const { minimumMode, requestsPerMinute, expires, ...rest } = parsed.data
      const made = await keys.create({
        ...rest,
        ...(minimumMode !== null && { mode: minimumMode }),
        ...(requestsPerMinute !== null && { requestsPerMinute }),
        ...(expires !== null && { expires }),
      })
      return c.json({ ...parsed.data, ...made }, 201)
    },

    async revoke(c: Context<AdminEnvironment>): Promise<Response> {
      const id = c.req.param('id') ?? ''
      const admin = c.get('admin')
      const record = (await keys.list()).find((one) => one.id === id)
      if (!record || !seesTenant(admin, record.tenant) || !(await keys.revoke(id))) {
        throw new AdminProblem(404, 'No such key')
      }
      return c.body(null, 204)
    },
  }
}
