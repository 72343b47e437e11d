import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import worker from '../../../src/worker.ts'

const away = {
  prepare: () => ({ bind: () => ({ all: () => Promise.reject(new Error('D1 is overloaded')) }) }),
  batch: () => Promise.reject(new Error('D1 is overloaded')),
}

it.each([
  ['the database is away', { DB: away }, 503, 'storage_unavailable', 'D1 is overloaded'],
  ['a variable is wrong', { AUTH: 'off' }, 500, 'internal_error', 'AUTH: got "off"'],
])('answers in its own words while %s, and tells the operator', async (...row) => {
  const [, altered, status, code, told] = row
  const reported = vi.spyOn(globalThis, 'reportError').mockImplementation(() => {})
  const ask = (bindings: object) =>
    worker.fetch(
      new Request('https://gateway.test/v1/models'),
      { ...env, ...bindings } as never,
      createExecutionContext() as never,
    )
  const response = await ask(altered)
  const { error } = (await response.json()) as { error: object }
  expect([response.status, error]).toEqual([status, expect.objectContaining({ code })])
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/)
  expect(String(reported.mock.calls[0]?.[0])).toContain(told)
  reported.mockRestore()
})

it('starts once nothing is in its way', async () => {
  const request = new Request('https://gateway.test/readyz')
  const response = await worker.fetch(request, env as never, createExecutionContext() as never)
  expect(response.status).toBe(200)
})
