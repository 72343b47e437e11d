/**
 * Puts a table of routes on the road: who asks, how often, whether they may, and what they sent are checked here, in this
 * order, before any handler runs. Every answer may hold reasoning or a new key, so none of them is stored on the way.
 */
import type { Context, Hono } from 'hono'
import { readJsonBody } from '../http/read.ts'
import { type AdminEnvironment, requireScope } from './authenticate-admin.ts'
import { AdminProblem } from './problem.ts'
import { readFields } from './read-fields.ts'
import type { Route } from './route.ts'

type AdminContext = Context<AdminEnvironment>

export function serveRoutes(app: Hono<AdminEnvironment>, routes: readonly Route[]): void {
  for (const route of routes) {
    app.on(route.method.toUpperCase(), toPattern(route.path), (c) => answer(route, c))
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
    const allow = [...methods, ...(methods.includes('get') ? ['head'] : [])]
      .join(', ')
      .toUpperCase()
    app.all(toPattern(path), () => {
      throw new AdminProblem('method_not_allowed', `Use ${allow}`, { headers: { allow } })
    })
  }
}

async function answer(route: Route, c: AdminContext): Promise<Response> {
  const admin = c.get('admin')
  if (route.scope !== null) requireScope(admin, route.scope)
  // Nobody would read the stream that such a request begins, nor end it.
  if (route.streams && c.req.method === 'HEAD') {
    throw new AdminProblem('method_not_allowed', 'Use GET', { headers: { allow: 'GET' } })
  }
  const path = route.parameters.safeParse(c.req.param())
  // Whatever cannot be a name of something is the name of nothing.
  if (!path.success) throw new AdminProblem('not_found', 'No such object')
  const query = readFields(route.query, readQuery(c), 'query')
  const ifMatch = c.req.header('if-match') ?? null
  if (route.condition === 'if-match required' && ifMatch === null) {
    throw new AdminProblem(
      'precondition_required',
      'Send If-Match with the ETag that the policy had when you looked at it, or * to change it whatever it is',
    )
  }
  const { status, body, headers, stream } = await route.handle({
    admin,
    path: path.data,
    query,
    body: route.takes && (await readBody(route.takes, c)),
    ifMatch,
    ifNoneMatch: c.req.header('if-none-match') ?? null,
    signal: c.req.raw.signal,
  })
  if (stream) {
    const type = { 'content-type': stream.mediaType }
    return new Response(stream.body, { status, headers: { ...headers, ...type } })
  }
  if (body === null) return new Response(null, { status, headers: { ...headers } })
  return Response.json(body, { status, headers: { ...headers } })
}

async function readBody(takes: NonNullable<Route['takes']>, c: AdminContext): Promise<unknown> {
  const body = await readJsonBody(c.req.raw, takes.maxBytes, { held: c.get('held') })
  return readFields(takes.body, body, 'body')
}

/** A parameter that is there twice is a list, which no schema takes. */
function readQuery(c: AdminContext): Record<string, unknown> {
  const all = Object.entries(c.req.queries())
  return Object.fromEntries(
    all.map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}

/** `/keys/{id}` as hono writes it. */
function toPattern(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}
