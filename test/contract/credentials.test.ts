import { describe, expect, it } from 'vitest'
import { CHAT, createFakeGateway, type FakeOptions, KEY, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const OTHER = KEY.replaceAll('5', '6')

const ask = (headers: Record<string, string>, options: FakeOptions = {}) => {
  const gateway = createFakeGateway(options)
  const init = { ...post(CHAT), headers: { 'content-type': 'application/json', ...headers } }
  return { ...gateway, response: gateway.app.request(PATH, init) }
}

describe('a key', () => {
  it.each<Record<string, string>>([
    { 'x-api-key': KEY },
    { 'api-key': KEY },
    { authorization: `Bearer ${KEY}`, 'x-api-key': KEY, 'api-key': KEY },
    { authorization: '', 'api-key': KEY },
  ])('is taken from %j', async (headers) => {
    expect((await ask(headers).response).status).toBe(200)
  })

  it.each<Record<string, string>>([
    { authorization: `Bearer ${KEY}`, 'x-api-key': OTHER },
    { authorization: `Bearer ${OTHER}`, 'api-key': KEY },
    { authorization: 'Basic abc', 'x-api-key': KEY },
    { 'x-api-key': KEY, 'api-key': OTHER },
    { 'x-api-key': `${KEY}, ${KEY}` },
    { 'x-api-key': `Bearer ${KEY}` },
    { 'x-api-key': '' },
  ])('is not taken from %j', async (headers) => {
    const { response, seen } = ask(headers)
    expect([(await response).status, (await (await response).json()).error.code]).toEqual([
      401,
      'invalid_api_key',
    ])
    expect(seen.inquiries).toEqual([])
  })

  it.each(['x-api-key', 'api-key'])('in %s stays here', async (name) => {
    const { response, seen } = ask({ [name]: KEY }, { mode: 'off' })
    expect((await response).status).toBe(200)
    expect(JSON.stringify([...(seen.upstream[0]?.headers ?? [])])).not.toContain(KEY)
  })
})

describe('who guesses', () => {
  const guess = { 'x-api-key': OTHER }

  async function afterGuesses(count: number, options: FakeOptions = {}) {
    const gateway = createFakeGateway({ address: '192.0.2.7', ...options })
    const send = (headers: Record<string, string>, path = PATH) =>
      gateway.app.request(path, {
        ...post(CHAT),
        headers: { 'content-type': 'application/json', ...headers },
      })
    await send({ 'x-api-key': KEY })
    for (let round = 0; round < count; round++) await send(guess)
    return send
  }

  it('is refused as ever at first, and then told when to come back', async () => {
    const send = await afterGuesses(59)
    expect((await send(guess)).status).toBe(401)
    const response = await send(guess)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await response.json()).error).toEqual({
      message: 'Too many requests without valid credentials came from your address',
      type: 'rate_limit_error',
      param: null,
      code: 'rate_limited',
    })
  })

  it('is not looked up any more, not even with what would be good', async () => {
    let asked = 0
    const send = await afterGuesses(60, {
      verifyToken: async () => {
        asked++
        return { tenant: 'acme' }
      },
    })
    expect((await send({ authorization: 'Bearer a.b.c' })).status).toBe(429)
    expect(asked).toBe(0)
  })

  it('takes nothing from those who were let in before, behind the same address', async () => {
    const send = await afterGuesses(60)
    expect((await send({ 'x-api-key': KEY })).status).toBe(200)
  })

  it('is limited for admins and apps together', async () => {
    const send = await afterGuesses(60)
    const response = await send({ authorization: 'Bearer a.b.c' }, '/admin/v1/keys')
    expect([response.status, (await response.json()).code]).toEqual([429, 'rate_limited'])
    expect(response.headers.get('retry-after')).toBe('1')
  })

  it('takes nothing from probes behind the same address', async () => {
    const { app } = createFakeGateway({ address: '192.0.2.7' })
    for (let round = 0; round < 61; round++) await app.request('/v1/models', { headers: guess })
    for (const path of ['/healthz', '/readyz']) expect((await app.request(path)).status).toBe(200)
    const asked = { headers: { authorization: 'Bearer a.b.c' } }
    expect((await app.request('/readyz', asked)).status).toBe(429)
  })

  it('is told apart by the address that a proxy adds, and by nothing that a client writes', async () => {
    const send = await afterGuesses(0, { doors: { clientAddressHeader: 'x-forwarded-for' } })
    const from = (address: string) => send({ ...guess, 'x-forwarded-for': address })
    for (let round = 0; round < 60; round++) await from(`10.0.0.${round}, 198.51.100.1`)
    expect((await from('10.9.9.9, 198.51.100.1')).status).toBe(429)
    expect((await from('198.51.100.1, 198.51.100.2')).status).toBe(401)
  })

  it('is not limited where nothing tells who it is', async () => {
    const send = await afterGuesses(0, { doors: { clientAddressHeader: 'x-forwarded-for' } })
    for (let round = 0; round < 70; round++) expect((await send(guess)).status).toBe(401)
  })
})
