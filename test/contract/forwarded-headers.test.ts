import { describe, expect, it } from 'vitest'
import { succeed } from '../../src/lib/result.ts'
import { CHAT, createFakeGateway, deliberationOf, post, releasedText } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const SENT = { 'x-trace-id': 't-1', 'x-other': 'o', 'openai-organization': 'org' }

describe('a header that the operator lets go on', () => {
  it('goes with the drafts of a request, and no other does', async () => {
    const given: unknown[] = []
    const { app } = createFakeGateway({
      forwardHeaders: ['x-trace-id', 'x-absent'],
      async deliberate(inquiry, call) {
        given.push(call.headers)
        return deliberationOf(inquiry, call.bundle, succeed(releasedText('Paris.')))
      },
    })
    await app.request(PATH, post(CHAT, SENT))
    expect(given).toEqual([{ 'x-trace-id': 't-1' }])
  })

  it.each(['shadow', 'off'] as const)('goes with what is relayed in %s', async (mode) => {
    const { app, seen } = createFakeGateway({ mode, forwardHeaders: ['x-trace-id'] })
    await app.request(PATH, post(CHAT, SENT))
    const { headers } = seen.upstream[0] ?? {}
    expect([headers?.get('x-trace-id'), headers?.get('x-other')]).toEqual(['t-1', null])
  })

  it('goes with embeddings', async () => {
    const { app, seen } = createFakeGateway({ forwardHeaders: ['x-trace-id'] })
    await app.request('/v1/embeddings', post({}, SENT))
    expect(seen.upstream[0]?.headers.get('x-trace-id')).toBe('t-1')
  })
})

it('goes nowhere unless the operator says so', async () => {
  const { app, seen } = createFakeGateway({ mode: 'off' })
  await app.request(PATH, post(CHAT, SENT))
  expect([...(seen.upstream[0]?.headers.keys() ?? [])]).not.toContain('x-trace-id')
})
