/** What docs/apps.md says of routes: every one of `/v1` has its row, and none that is not there. */
import { expect, it } from 'vitest'
import type { Mode } from '../../src/policy/section.ts'
import { readCoverage } from '../fakes/coverage-table.ts'
import { createPrincipal } from '../fakes/principal.ts'
import { type MemoryStore, memoryStore } from '../fakes/state-store.ts'
import { createFakeGateway, post } from './fake-gateway.ts'

const MODES: readonly Mode[] = ['enforce', 'shadow', 'off']
const ROWS = readCoverage('Route').map(({ what, cells }): [string, readonly string[]] => [
  what.replaceAll('`', ''),
  cells,
])

/** As docs write it, `ALL` of a route that answers whatever is asked of it. */
function routesOfApps(): readonly string[] {
  const named = createFakeGateway().app.routes.flatMap(({ method, path }) => {
    if (!path.startsWith('/v1/') || (method === 'ALL' && path === '/v1/*')) return []
    const route = path.replace(/:(\w+)\{[^{}]*\}/, '{$1}')
    return [method === 'ALL' ? route : `${method} ${route}`]
  })
  return [...new Set(named)]
}

it('every route for apps has a row, and every row a route', () => {
  expect(ROWS.map(([route]) => route).toSorted()).toEqual(routesOfApps().toSorted())
})

const BODIES: Readonly<Record<string, object>> = {
  '/v1/responses': { input: 'Hello' },
  '/v1/messages': { max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] },
}
const CHAT = { messages: [{ role: 'user', content: 'Hello' }] }

/** A server that does not take what it is sent would hold up whoever copies it. */
async function takeAll(request: Request): Promise<Response> {
  await request.text()
  return Response.json({ data: [{ id: 'm' }] })
}

/** A store with `resp_1` in it. */
async function keptResponse(): Promise<MemoryStore> {
  const store = memoryStore(0)
  const { tenant } = createPrincipal()
  const about = { tenant, kind: 'response', key: 'resp_1', subject: null, model: 'm' } as const
  const content = { object: { id: 'resp_1', output: [] }, input: [], chain: [], length: 2 }
  await store.put([{ ...about, created: 0, expires: 1, content }])
  return store
}

/** What became of a request, in the words of the table. */
async function observe(route: string, mode: Mode): Promise<string> {
  const { app, seen } = createFakeGateway({ mode, upstream: takeAll, store: await keptResponse() })
  const [method = '', path = ''] = route.includes(' ') ? route.split(' ') : ['POST', route]
  const asked = path.replace('/responses/{id}', '/responses/resp_1').replace('{id}', 'm')
  const body = { model: 'm', ...(BODIES[asked] ?? CHAT) }
  const { body: text, ...rest } = post(body)
  const response = await app.request(asked, {
    ...rest,
    method,
    ...(method === 'POST' && text !== undefined && { body: text }),
  })
  await response.text()
  await Promise.all(seen.deferred)
  if (seen.inquiries.length > 0) return seen.upstream.length === 0 ? 'judged' : 'relayed and judged'
  if (seen.jobs.length > 0) return 'relayed, judged aside'
  if (response.status >= 400 && seen.upstream.length === 0) return 'refused by name'
  const isAsText = method === 'POST' && seen.upstream.length > 0
  return isAsText ? 'relayed' : 'no model answers'
}

it.each(ROWS)('%s is %s', async (route, words) => {
  const found = await Promise.all(MODES.map((mode) => observe(route, mode)))
  expect(found).toEqual(words)
})
