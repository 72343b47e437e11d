import { describe, expect, it } from 'vitest'
import { CHAT, createFakeGateway, post } from './fake-gateway.ts'

const AZURE = '/openai/deployments/gpt/chat/completions?api-version=2024-10-21'
const NO_MODEL = '{ "messages":[{"role":"user","content":"Hi"}],"seed":9007199254740993}'

describe('a base URL with an odd end', () => {
  it.each(['//v1', '/v1/', '/v1/v1', '/v1//', '/openai/v1'])('%s reaches chat', async (base) => {
    const { app, seen } = createFakeGateway()
    const response = await app.request(`${base}/chat/completions`, post(CHAT))
    expect(response.status).toBe(200)
    expect(seen.inquiries).toHaveLength(1)
  })

  it.each(['//v1/models', '/v1/v1/models', '/v1/models/', '/openai/v1/models', AZURE])(
    '%s needs credentials like any other',
    async (path) => {
      const { app } = createFakeGateway()
      expect((await app.request(path)).status).toBe(401)
    },
  )

  it.each(['//admin/v1/keys', '/admin//v1/keys', '/admin/v1/keys/'])(
    '%s needs a token like any other',
    async (path) => {
      const { app } = createFakeGateway()
      expect((await app.request(path)).status).toBe(401)
    },
  )
})

describe("Azure's path", () => {
  it('names the model where the body names none', async () => {
    const { app, seen } = createFakeGateway()
    expect((await app.request(AZURE, post(NO_MODEL))).status).toBe(200)
    expect(seen.inquiries[0]?.model).toBe('gpt')
  })

  it('does not replace the model that a body names', async () => {
    const { app, seen } = createFakeGateway()
    expect((await app.request(AZURE, post(CHAT))).status).toBe(200)
    expect(seen.inquiries[0]?.model).toBe(CHAT.model)
  })

  it.each(['shadow', 'off'] as const)(
    'reaches the upstream of %s with the model in front, and nothing else changed',
    async (mode) => {
      const { app, seen } = createFakeGateway({ mode })
      expect((await app.request(AZURE, post(NO_MODEL))).status).toBe(200)
      expect(await seen.upstream[0]?.text()).toBe(
        '{"model":"gpt", "messages":[{"role":"user","content":"Hi"}],"seed":9007199254740993}',
      )
    },
  )

  it('reaches embeddings', async () => {
    const { app, seen } = createFakeGateway()
    await app.request('/openai/deployments/org%2Fm/embeddings', post('{}'))
    expect(await seen.upstream[0]?.text()).toBe('{"model":"org/m"}')
  })

  it('with a body that is no JSON is refused', async () => {
    const { app, seen } = createFakeGateway({ mode: 'off' })
    const response = await app.request(AZURE, post('[1]'))
    expect([response.status, (await response.json()).error.code]).toEqual([400, 'invalid_request'])
    expect(seen.upstream).toEqual([])
  })

  it('with a body that is too large is refused', async () => {
    const { app } = createFakeGateway({ mode: 'off', maxBodyBytes: 10 })
    const response = await app.request(AZURE, post(NO_MODEL))
    expect([response.status, (await response.json()).error.code]).toEqual([
      413,
      'request_too_large',
    ])
  })
})

describe('a route that is not there', () => {
  const messageOf = async (method: string, path: string) => {
    const { app } = createFakeGateway()
    const { body: _, ...init } = post(CHAT)
    const response = await app.request(path, { ...init, method })
    const { error } = await response.json()
    expect([response.status, error.code]).toEqual([404, 'not_found'])
    return error.message
  }

  it.each(['/v1', '/chat/completions', '/'])(
    'is answered at %s with those that are',
    async (path) => {
      expect(await messageOf('GET', path)).toBe(
        'No such route; there are POST /v1/chat/completions, POST /v1/responses, POST /v1/messages, POST /v1/messages/count_tokens, POST /v1/responses/input_tokens, GET /v1/responses/{id}, DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items, POST /v1/responses/{id}/cancel, GET /v1/models, GET /v1/models/{id}, POST /v1/embeddings, POST /v1/moderations',
      )
    },
  )

  it.each(['GET', 'POST'])(
    'is answered at /v1/completions by %s with what to use',
    async (method) => {
      expect(await messageOf(method, '/v1/completions')).toBe(
        'There are no completions of a bare text here: send the text as a user message to POST /v1/chat/completions',
      )
    },
  )

  it.each([
    ['GET', '/v1/chat/completions', 'Send POST to /v1/chat/completions'],
    ['DELETE', '/v1/embeddings', 'Send POST to /v1/embeddings'],
    ['POST', '/v1/models', 'Send GET to /v1/models'],
  ])('by %s at %s is answered with how to ask', async (method, path, message) => {
    expect(await messageOf(method, path)).toBe(message)
  })
})
