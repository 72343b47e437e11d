/**
 * The route table, the order of what stands before it, and the one error handler. A table of contents.
 * Every request of `/v1/*` is authenticated here, whatever path it was asked by; what a guarded request goes through then is listed in `v1/enforce.ts`.
 * Nothing is decided here but which handler answers and how an exception becomes a response.
 */
import { Hono, type Next } from 'hono'
import { getPath } from 'hono/utils/url'
import { requireScope, seesPolicy } from './admin/authenticate-admin.ts'
import { AdminProblem, problemResponse, toAdminProblem } from './admin/problem.ts'
import { createAdminRoutes } from './admin/routes.ts'
import { DatabaseError } from './database/database.ts'
import { GatewayError } from './errors.ts'
import { healthResponse, readinessResponse } from './http/health.ts'
import { checkHost } from './http/hosts.ts'
import { requireJson } from './http/read.ts'
import { SignersUnavailable } from './revisions/signing/verify-revision.ts'
import type { Dependencies } from './start/container.ts'
import { nameModel } from './v1/deployment.ts'
import { createGuarded } from './v1/enforce.ts'
import type { GatewayContext, GatewayEnvironment } from './v1/exchange.ts'
import { readPath } from './v1/paths.ts'
import { errorAnswer } from './v1/respond.ts'
import type { Door } from './wire/door.ts'
import { DOORS } from './wire/doors.ts'

/** The routes of the guarded doors. */
const GUARDED: Readonly<Record<string, Door>> = {
  '/v1/chat/completions': DOORS.chat,
  '/v1/responses': DOORS.responses,
  '/v1/messages': DOORS.messages,
}

export function createApp(dependencies: Dependencies): Hono<GatewayEnvironment> {
  const { models, countTokens, relay } = dependencies
  const app = new Hono<GatewayEnvironment>({
    getPath: (request) => readPath(getPath(request)).path,
  })
  standBefore(app, dependencies)

  app.get('/healthz', healthResponse)
  app.get('/readyz', (c) => answerReadiness(dependencies, c))
  for (const [route, door] of Object.entries(GUARDED)) {
    app.post(route, readAhead, createGuarded(dependencies.guarded, door))
  }
  app.post('/v1/messages/count_tokens', readAhead, countTokens)
  mountResponses(app, dependencies, readAhead)
  app.get('/v1/models', (c) => models(c, null))
  app.get('/v1/models/:id{.+}', (c) => models(c, c.req.param('id')))
  app.post('/v1/embeddings', readAhead, passThrough('embeddings'))
  app.post('/v1/moderations', readAhead, passThrough('moderations'))
  app.all('/v1/completions', oldCompletions)

  app.route('/', createAdminRoutes(dependencies.desk))
  app.notFound((c) => {
    throw new GatewayError('not_found', isForAdmins(c) ? {} : { message: whatThereIs(app, c) })
  })
  app.onError(function answerError(error, c) {
    return toResponse(dependencies, error, c)
  })
  return app

  function passThrough(route: string) {
    return async (c: GatewayContext) => (await relay(c, { path: [route] })).response
  }

  /** What every mode wants of a body, relays too. */
  async function readAhead(c: GatewayContext, next: Next) {
    requireJson(c.req.raw)
    const { deployment } = readPath(getPath(c.req.raw))
    if (deployment !== null) await nameModel(c, deployment, dependencies.maxBodyBytes)
    await next()
  }
}

type Middleware = (c: GatewayContext, next: Next) => Promise<void>

/** Of responses that are kept. */
function mountResponses(
  app: Hono<GatewayEnvironment>,
  { responses }: Dependencies,
  readAhead: Middleware,
): void {
  const one = '/v1/responses/:id{resp_[^/]+}'
  app.all('/v1/responses/compact', noCompaction)
  app.post('/v1/responses/input_tokens', readAhead, (c) => responses.countInput(c))
  app.get(one, (c) => responses.read(c, c.req.param('id')))
  app.delete(one, (c) => responses.remove(c, c.req.param('id')))
  app.get(`${one}/input_items`, (c) => responses.listInput(c, c.req.param('id')))
  app.post(`${one}/cancel`, (c) => responses.cancel(c, c.req.param('id')))
}

/** Before every route, from the outermost: who may not even ask, what all may hold, who asks, and how often. */
function standBefore(app: Hono<GatewayEnvironment>, dependencies: Dependencies): void {
  const { authenticate, limitRate, random, pages, loopbackOnly } = dependencies
  app.use(async function nameRequest(c, next) {
    c.set('requestId', `req_${random.hex(12)}`)
    await next()
  })
  app.use(async function admitPage(c, next) {
    checkHost(c.req.raw, loopbackOnly)
    const headers = pages.admit(c.req.raw)
    if (headers === null) return next()
    const preflight = pages.preflight(c.req.raw, headers)
    if (preflight) return preflight
    c.set('indirect', true)
    await next()
    for (const [name, value] of Object.entries(headers)) {
      c.res.headers.append(name, value)
    }
  })
  app.use(async function countBytes(c, next) {
    const held = dependencies.bytesInFlight.open()
    c.set('held', held)
    try {
      await next()
    } finally {
      held.release()
    }
  })
  const limitAttempts = async (c: GatewayContext, next: Next) => {
    const end = await dependencies.beginAttempt(c.req.raw.headers, dependencies.addressOf(c))
    await next()
    end(c.res.status !== 401)
  }
  app.use('/v1/*', limitAttempts)
  app.use('/admin/v1/*', limitAttempts)
  // Whoever restarts what is not ready asks without credentials, maybe from the address of one that guesses.
  app.use('/readyz', (c, next) => (isAnonymous(c) ? next() : limitAttempts(c, next)))
  app.use('/v1/*', async function authenticateCaller(c, next) {
    const defer = (work: Promise<unknown>) => dependencies.defer(c, work)
    const principal = await authenticate(c.req.raw.headers, defer)
    limitRate(principal)
    c.set('principal', principal)
    await next()
  })
}

/** Everybody is told whether the gateway is ready, and admins of which policies that is said. */
async function answerReadiness(
  { readiness, desk }: Dependencies,
  c: GatewayContext,
): Promise<Response> {
  if (isAnonymous(c)) return readinessResponse(readiness(), null)
  const admin = await desk.authenticateAdmin(c.req.header('authorization'))
  requireScope(admin, 'policy:read')
  return readinessResponse(readiness(), (policy) => seesPolicy(admin, policy))
}

const isAnonymous = (c: GatewayContext): boolean => c.req.header('authorization') === undefined

const isForAdmins = (c: GatewayContext): boolean => /^\/admin(?:\/|$)/.test(c.req.path)

/** For who asked for what is not there; the list is that of the routes themselves. */
function whatThereIs(app: Hono<GatewayEnvironment>, c: GatewayContext): string {
  if (c.req.header('upgrade')?.toLowerCase() === 'websocket') {
    return 'There is no WebSocket here: send POST to /v1/responses, with stream: true for events'
  }
  const routes = app.routes.filter(
    ({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'),
  )
  const here = routes.find(({ path }) => path === c.req.path)
  if (here) return `Send ${here.method} to ${here.path}`
  const names = routes.map(
    ({ method, path }) => `${method} ${path.replace(/:(\w+)\{[^{}]*\}/, '{$1}')}`,
  )
  return `No such route; there are ${[...new Set(names)].join(', ')}`
}

function toResponse(dependencies: Dependencies, error: unknown, c: GatewayContext): Response {
  const requestId = c.get('requestId')
  if (error instanceof AdminProblem) return problemResponse(error, requestId)
  const known = toGatewayError(error)
  const exchange = c.get('exchange')
  if (!exchange && Object.hasOwn(GUARDED, c.req.path)) countTurnedAway(dependencies, known)
  // What is one of ours already was reported where it was met.
  if (known.code === 'internal_error' && known !== error) dependencies.report(error, requestId)
  if (isForAdmins(c)) return problemResponse(toAdminProblem(known), requestId)
  return errorAnswer(known, requestId, exchange, doorOf(c))
}

/** Requests with a bundle are counted where they end. */
function countTurnedAway({ metrics }: Dependencies, { code }: GatewayError): void {
  const labels = { outcome: 'failed', mode: 'none', policyDigest: 'none' } as const
  metrics.requestEnded({ ...labels, code })
}

/** What a client is told of an exception: that something is out of reach, or nothing. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof DatabaseError && error.failure === 'unavailable') {
    return new GatewayError('storage_unavailable', { message: 'The database is out of reach' })
  }
  if (error instanceof SignersUnavailable) {
    return new GatewayError('storage_unavailable', { message: error.message })
  }
  return new GatewayError('internal_error', { cause: error })
}

/** Whose contract an error is told in where no door answers: clients of Messages name its version with every request. */
function doorOf(c: GatewayContext): Door {
  const known = GUARDED[c.req.path]
  if (known) return known
  const isMessages = /^\/v1\/messages(?:\/|$)/.test(c.req.path)
  return isMessages || c.req.header('anthropic-version') ? DOORS.messages : DOORS.chat
}

function noCompaction(): never {
  throw new GatewayError('not_found', {
    message:
      'There is no compaction here: send POST to /v1/responses that asks for a summary, and go on from what it says',
  })
}

function oldCompletions(): never {
  throw new GatewayError('not_found', {
    message:
      'There are no completions of a bare text here: send the text as a user message to POST /v1/chat/completions',
  })
}
