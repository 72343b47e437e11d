import { describe, expect, it } from 'vitest'
import { succeed } from '../../src/lib/result.ts'
import { CHAT, createFakeGateway, deliberationOf, post, releasedText } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const LARGE = { ...CHAT, messages: [{ role: 'user', content: 'x'.repeat(600) }] }

/** A gateway with room for one such request, whose deliberations end when they are told to. */
function build() {
  const gates: (() => void)[] = []
  const gateway = createFakeGateway({
    bytesInFlight: 1_000,
    verifyAdminToken: async () => ({ sub: 'ann', scope: 'key:manage', tenants: ['*'] }),
    async deliberate(inquiry, call) {
      call.onAccepted?.()
      await new Promise<void>((resolve) => gates.push(resolve))
      return deliberationOf(inquiry, call.bundle, succeed(releasedText('Paris.')))
    },
  })
  const ask = (body: object) => gateway.app.request(PATH, post(body))
  return { ...gateway, gates, ask }
}

describe('a gateway that holds what it can', () => {
  it.each([true, false])(
    'refuses what does not fit until an answer has left (stream: %s)',
    async (stream) => {
      const { ask, gates } = build()
      const first = ask({ ...LARGE, stream })
      await expect.poll(() => gates.length).toBe(1)

      const refused = await ask(LARGE)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
      expect((await refused.json()).error).toEqual({
        message: 'The gateway holds as many requests as it can: ask again in a moment',
        type: 'api_error',
        param: null,
        code: 'overloaded',
      })

      gates[0]?.()
      expect(await (await first).text()).toContain('Paris.')
      const third = ask(LARGE)
      await expect.poll(() => gates.length).toBe(2)
      gates[1]?.()
      expect((await third).status).toBe(200)
    },
  )

  it('counts a body that it refuses no longer than it reads it', async () => {
    const { ask, gates } = build()
    for (let round = 0; round < 5; round++) {
      expect((await ask({ ...LARGE, model: 7 })).status).toBe(400)
    }
    const answer = ask(LARGE)
    await expect.poll(() => gates.length).toBe(1)
    gates[0]?.()
    expect((await answer).status).toBe(200)
  })

  it('counts what admins send, too', async () => {
    const { app, ask, gates } = build()
    const first = ask(LARGE)
    await expect.poll(() => gates.length).toBe(1)
    const key = { tenant: 'acme', app: 'x'.repeat(400), policies: '*', consent: 'none' }
    const init = post(key, { authorization: 'Bearer a.b.c' })
    const refused = await app.request('/admin/v1/keys', init)
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'unavailable'])
    expect(refused.headers.get('retry-after')).toBe('1')
    gates[0]?.()
    expect((await first).status).toBe(200)
  })
})
