/**
 * The route table, the order of the middleware, and the one error handler. A table of contents.
 * Every request of `/v1/*` is authenticated here; what a chat request goes through then is listed in `v1/enforce.ts`.
 * Nothing is decided here but which handler answers and how an exception becomes a response.
 */
import { Hono } from 'hono'
import { AdminProblem, problemResponse, toAdminProblem } from './admin/problem.ts'
import { createAdminRoutes } from './admin/routes.ts'
import { DatabaseError } from './database/database.ts'
import { GatewayError } from './errors.ts'
import { healthResponse, readinessResponse } from './http/health.ts'
import { SignersUnavailable } from './revisions/signing/verify-revision.ts'
import type { Dependencies } from './start/container.ts'
import { createChatCompletions } from './v1/enforce.ts'
import type { GatewayContext, GatewayEnvironment } from './v1/exchange.ts'
import { errorAnswer } from './v1/respond.ts'

const CHAT_COMPLETIONS = '/v1/chat/completions'

export function createApp(dependencies: Dependencies): Hono<GatewayEnvironment> {
  const { authenticate, limitRate, random, models, relay } = dependencies
  const chatCompletions = createChatCompletions(dependencies.chat)
  const app = new Hono<GatewayEnvironment>()

  app.use(async function nameRequest(c, next) {
    c.set('requestId', `req_${random.hex(12)}`)
    await next()
  })
  app.get('/healthz', healthResponse)
  app.get('/readyz', () => readinessResponse(dependencies.readiness()))

  app.use('/v1/*', async function authenticateCaller(c, next) {
    const defer = (work: Promise<unknown>) => dependencies.defer(c, work)
    const principal = await authenticate(c.req.header('authorization'), defer)
    // Whatever is posted costs something, here or at the upstream.
    if (c.req.method === 'POST') limitRate(principal)
    c.set('principal', principal)
    await next()
  })
  app.post(CHAT_COMPLETIONS, chatCompletions)
  app.get('/v1/models', (c) => models(c, null))
  app.get('/v1/models/:id{.+}', (c) => models(c, c.req.param('id')))
  app.post('/v1/embeddings', passThrough('embeddings'))
  app.post('/v1/moderations', passThrough('moderations'))
  app.all('/v1/responses/*', notImplemented)
  app.all('/v1/responses', notImplemented)

  app.route('/', createAdminRoutes(dependencies.desk))
  app.notFound(() => {
    throw new GatewayError('not_found')
  })
  app.onError(function answerError(error, c) {
    return toResponse(error, c)
  })
  return app

  function passThrough(route: string) {
    return async (c: GatewayContext) => (await relay(c, { path: [route] })).response
  }

  /** Requests with a bundle are counted where they end. */
  function countTurnedAway({ code }: GatewayError): void {
    const labels = { outcome: 'failed', mode: 'none', policyDigest: 'none' } as const
    dependencies.metrics.requestEnded({ ...labels, code })
  }

  function toResponse(error: unknown, c: GatewayContext): Response {
    const requestId = c.get('requestId')
    if (error instanceof AdminProblem) return problemResponse(error, requestId)
    const known = toGatewayError(error)
    const exchange = c.get('exchange')
    if (!exchange && c.req.path === CHAT_COMPLETIONS) countTurnedAway(known)
    // What is one of ours already was reported where it was met.
    if (known.code === 'internal_error' && known !== error) dependencies.report(error, requestId)
    if (c.req.path.startsWith('/admin/')) {
      return problemResponse(toAdminProblem(known), requestId)
    }
    return errorAnswer(known, requestId, exchange)
  }
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

function notImplemented(): never {
  throw new GatewayError('not_implemented', {
    message: 'The Responses API is not implemented by this gateway: use /v1/chat/completions',
  })
}
