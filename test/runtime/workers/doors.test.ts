import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'

const PAGE = 'https://app.example'

/** The program in an isolate of its own. */
async function startIsolate() {
  vi.resetModules()
  const { default: worker } = await import('../../../src/worker.ts')
  const bindings = { ...env, CORS_ORIGINS: PAGE }
  return (path: string, init: RequestInit) =>
    worker.fetch(
      new Request(`https://gateway.test${path}`, init),
      bindings as never,
      createExecutionContext() as never,
    )
}

it('answers what the browser of a named page asks first, and refuses a stranger', async () => {
  const ask = await startIsolate()
  const preflight = (origin: string) =>
    ask('/v1/chat/completions', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
  const named = await preflight(PAGE)
  expect([named.status, named.headers.get('access-control-allow-origin')]).toEqual([204, PAGE])
  expect((await preflight('https://evil.example')).status).toBe(403)
})

it('limits who guesses by the address that the platform names', async () => {
  const ask = await startIsolate()
  const guessFrom = async (address: string, path: string) => {
    const headers = { 'cf-connecting-ip': address, 'api-key': 'guess' }
    const response = await ask(path, { headers })
    await response.text()
    return response.status
  }
  for (let round = 0; round < 60; round++) await guessFrom('192.0.2.1', '//v1/models/')
  expect(await guessFrom('192.0.2.1', '/v1/v1/models')).toBe(429)
  expect(await guessFrom('192.0.2.2', '/openai/v1/models')).toBe(401)
})
