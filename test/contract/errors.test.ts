import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/conversation/failures.ts'
import { Opaque } from '../../src/lib/opaque.ts'
import { fail } from '../../src/lib/result.ts'
import { CHAT, createFakeGateway, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const SECRET = 'the upstream quoted the policy here'

const rejected = (status: number, code: string | null, headers = {}): Failure => ({
  reason: 'model_rejected',
  status,
  code,
  param: null,
  detail: new Opaque(SECRET),
  headers,
})

const judge = (reason: Extract<Failure, { channel: string }>['reason']): Failure => ({
  reason,
  channel: 'answer',
})

describe('a failure of the model', () => {
  it.each<[Failure, number, string]>([
    [rejected(404, 'model_not_found'), 404, 'model_not_found'],
    [rejected(400, 'context_length_exceeded'), 400, 'context_length_exceeded'],
    [rejected(400, null), 400, 'invalid_request'],
    [rejected(429, null), 429, 'rate_limited'],
    [rejected(400, SECRET), 400, 'invalid_request'],
    [rejected(400, 'a_word_of_its_own'), 400, 'invalid_request'],
    [rejected(422, 'unsupported_value'), 422, 'unsupported_value'],
    [rejected(413, 'context_length_exceeded'), 400, 'context_length_exceeded'],
    [rejected(200, 'rate_limited'), 429, 'rate_limited'],
    [rejected(429, 'rate_limit_exceeded'), 429, 'rate_limit_exceeded'],
    [rejected(402, 'insufficient_quota'), 429, 'insufficient_quota'],
    [rejected(400, 'content_policy_violation'), 400, 'content_policy_violation'],
    [rejected(529, 'upstream_overloaded'), 503, 'upstream_overloaded'],
    [rejected(500, null), 502, 'upstream_error'],
    [{ reason: 'model_unauthorized', status: 401 }, 502, 'upstream_error'],
    [{ reason: 'model_unreachable', detail: SECRET }, 502, 'upstream_error'],
    [{ reason: 'model_error_status', status: 500 }, 502, 'upstream_error'],
    [{ reason: 'model_error_in_body', code: SECRET }, 502, 'upstream_error'],
    [{ reason: 'model_cut' }, 502, 'upstream_error'],
    [{ reason: 'model_empty' }, 502, 'upstream_error'],
    [{ reason: 'model_unreadable', detail: SECRET }, 502, 'upstream_error'],
    [{ reason: 'model_too_large', limitBytes: 5 }, 502, 'upstream_error'],
    [{ reason: 'model_timeout', phase: 'idle' }, 504, 'upstream_timeout'],
    [{ reason: 'aborted', by: 'deadline' }, 504, 'deadline_exceeded'],
    [{ reason: 'no_boundary' }, 502, 'upstream_error'],
    [{ reason: 'no_reasoning' }, 502, 'upstream_error'],
    [{ reason: 'odd_boundary' }, 502, 'upstream_error'],
    [{ reason: 'no_answer' }, 502, 'upstream_error'],
    [judge('judge_timeout'), 503, 'judge_unavailable'],
    [judge('judge_ambiguous'), 503, 'judge_unavailable'],
    [
      { reason: 'unsupported', param: 'stop', detail: 'Leave stop out' },
      400,
      'unsupported_parameter',
    ],
  ])('%j is told as %i %s', async (failure, status, code) => {
    const { app } = createFakeGateway({ outcome: fail(failure) })
    const response = await app.request(PATH, post(CHAT))
    const text = await response.text()
    expect([response.status, JSON.parse(text).error.code]).toEqual([status, code])
    expect(Object.keys(JSON.parse(text).error)).toEqual(['message', 'type', 'param', 'code'])
    expect(text + JSON.stringify([...response.headers])).not.toContain(SECRET)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-chambers-transcript')).toMatch(/^tr_/)
  })

  it('that is a rate limit keeps when to come back, and no header of the account', async () => {
    const headers = { 'retry-after': '7', 'x-ratelimit-limit-requests': '9', 'x-org': 'me' }
    const { app } = createFakeGateway({ outcome: fail(rejected(429, 'slow_down', headers)) })
    const response = await app.request(PATH, post(CHAT))
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('9')
    expect(response.headers.has('x-org')).toBe(false)
  })

  it.each([
    ['model_not_found', 'model', 'model'],
    [null, 'tools[0].function', 'tools[0].function'],
    [null, 'messages[1].content', null],
  ])('with code %s about %s names %s', async (code, param, told) => {
    const failure = { ...rejected(400, code), param } as Failure
    const response = await createFakeGateway({ outcome: fail(failure) }).app.request(
      PATH,
      post(CHAT),
    )
    expect((await response.json()).error.param).toBe(told)
  })

  it('of an overloaded server keeps when to come back', async () => {
    const headers = { 'retry-after': '12' }
    const failure = rejected(503, 'upstream_overloaded', headers)
    const response = await createFakeGateway({ outcome: fail(failure) }).app.request(
      PATH,
      post(CHAT),
    )
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '12'])
  })

  it('that is a spent quota bids no app try again', async () => {
    const { app } = createFakeGateway({ outcome: fail(rejected(429, 'insufficient_quota')) })
    const response = await app.request(PATH, post(CHAT))
    expect(response.headers.get('x-should-retry')).toBe('false')
  })

  it.each([
    [
      { prompt: null, context: 8192, output: null },
      "This model's maximum context length is 8192 tokens: ",
    ],
    [undefined, 'The conversation is longer than the model can read: '],
  ])('of a conversation that is too long says what it took (%j)', async (tokens, begins) => {
    const failure = {
      ...rejected(400, 'context_length_exceeded'),
      spent: { conversation: 9000, policy: 3000 },
      ...(tokens && { tokens }),
    } as Failure
    const response = await createFakeGateway({ outcome: fail(failure) }).app.request(
      PATH,
      post(CHAT),
    )
    const { error } = await response.json()
    expect(error.message).toBe(
      `${begins}the conversation takes about 9000 tokens and the policy about 3000`,
    )
  })

  it('of the judge tells clients not to retry', async () => {
    const { app } = createFakeGateway({ outcome: fail(judge('judge_empty')) })
    const response = await app.request(PATH, post(CHAT))
    expect(response.headers.get('x-should-retry')).toBe('false')
  })
})

describe('a defect', () => {
  it('is told without its message, reported, and counted as a lost transcript', async () => {
    const { app, seen } = createFakeGateway({
      deliberate: () => Promise.reject(new Error(SECRET)),
    })
    const response = await app.request(PATH, post(CHAT))
    const text = await response.text()
    expect([response.status, JSON.parse(text).error]).toEqual([
      500,
      { message: 'The gateway failed', type: 'api_error', param: null, code: 'internal_error' },
    ])
    expect(seen.reports).toHaveLength(1)
    expect(seen.fates).toEqual(['dropped'])
  })
})

describe('a route', () => {
  it.each([
    ['POST', '/v1/completions', 404, 'not_found'],
    ['GET', '/v1/nothing/at/all', 404, 'not_found'],
    ['GET', '/v1/chat/completions', 404, 'not_found'],
    ['GET', '/', 404, 'not_found'],
    ['GET', '/v1/responses', 404, 'not_found'],
    ['GET', '/v1/responses/resp_1', 404, 'not_found'],
    ['POST', '/v1/responses/compact', 404, 'not_found'],
    ['DELETE', '/v1/responses/resp_1', 404, 'not_found'],
  ])('%s %s answers %i %s', async (method, path, status, code) => {
    const { app } = createFakeGateway()
    const response = await app.request(path, {
      method,
      headers: { authorization: authorization() },
    })
    const { error } = await response.json()
    expect([response.status, error.code]).toEqual([status, code])
  })

  it('of health answers without credentials', async () => {
    const { app } = createFakeGateway()
    expect((await app.request('/healthz')).status).toBe(200)
    const ready = await app.request('/readyz')
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        spooled: 0,
        state: 'live',
      },
    ])
  })

  it.each<[string, object, object]>([
    ['every policy', { tenants: ['*'] }, { policies: ['default@d'], revisions: [SERVED] }],
    ['another policy', { policies: ['garden'] }, { policies: [], revisions: [] }],
  ])('of readiness names what an admin of %s may see', async (_, claims, named) => {
    const { app } = createFakeGateway({
      verifyAdminToken: async () => ({ sub: 'ann', scope: 'policy:read', ...claims }),
    })
    const ready = await app.request('/readyz', { headers: { authorization: 'Bearer a.b.c' } })
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', spooled: 0, state: 'live', ...named },
    ])
  })

  it.each<[string, object | null, number]>([
    ['without a scope for policies', { sub: 'ann', scope: 'audit:read' }, 403],
    ['with a token that is not valid', null, 401],
  ])('of readiness names nothing to a caller %s', async (_, claims, status) => {
    const { app } = createFakeGateway({ verifyAdminToken: async () => claims && { ...claims } })
    const ready = await app.request('/readyz', { headers: { authorization: 'Bearer a.b.c' } })
    expect(ready.status).toBe(status)
    expect(await ready.text()).not.toContain('default')
  })

  it('of readiness says so while no bundle is loaded', async () => {
    const { app } = createFakeGateway({ loaded: false })
    expect((await app.request('/readyz')).status).toBe(503)
  })
})

const SERVED = { policy: 'default', revision: 3, state: 'live', problem: null, ageSeconds: 0 }

function authorization(): string {
  return new Headers(post(CHAT).headers).get('authorization') ?? ''
}
