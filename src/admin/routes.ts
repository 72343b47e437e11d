/**
 * The routes of `/admin/v1` and who may take them. A table of contents.
 * Every answer may hold reasoning or a new key, so none of them is stored on the way.
 */
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import {
  type AdminEnvironment,
  type AuthenticateAdmin,
  requireScope,
  type Scope,
} from './authenticate-admin.ts'
import { createKeyRoutes, type KeyPorts } from './keys.ts'
import { AdminProblem } from './problem.ts'
import { createTranscriptRoutes, type TranscriptPorts } from './transcripts.ts'

export type AdminPorts = KeyPorts &
  TranscriptPorts & { readonly authenticateAdmin: AuthenticateAdmin }

export function createAdminRoutes(ports: AdminPorts): Hono<AdminEnvironment> {
  const keys = createKeyRoutes(ports)
  const transcripts = createTranscriptRoutes(ports)
  const routes = new Hono<AdminEnvironment>()
  routes.use(async function authenticate(c, next) {
    c.set('admin', await ports.authenticateAdmin(c.req.header('authorization')))
    await next()
    c.header('cache-control', 'no-store')
    c.header('x-request-id', c.get('requestId'))
  })
  routes.get('/transcripts/:id', allow('transcript:read'), (c) => transcripts.read(c))
  routes.get('/keys', allow('key:manage'), (c) => keys.list(c))
  routes.post('/keys', allow('key:manage'), (c) => keys.create(c))
  routes.delete('/keys/:id', allow('key:manage'), (c) => keys.revoke(c))
  routes.all('*', () => {
    throw new AdminProblem(404, 'No such route')
  })
  return routes
}

function allow(scope: Scope) {
  return createMiddleware<AdminEnvironment>(async function checkScope(c, next) {
    requireScope(c.get('admin'), scope)
    await next()
  })
}
