/** The headers of a reply that go on, and those that could carry words. */
import { expect, test } from 'vitest'
import { keptHeaders } from '../../../src/model/kept-headers.ts'
import { loadExchanges } from '../../fakes/replay.ts'

test.each([
  ['retry-after', '30'],
  ['retry-after', 'Wed, 21 Oct 2026 07:28:00 GMT'],
  ['retry-after-ms', '1500'],
  ['x-request-id', 'req_01AB-cd:1/2='],
  ['x-ratelimit-limit-requests', '10000'],
  ['x-ratelimit-reset-tokens', '6m0.5s'],
  ['x-ratelimit-reset', '2026-11-30T20:00:00Z'],
  ['x-ratelimit-limit-req-10-second', '60'],
  ['x-ratelimit-remaining-tokens_usage_based', '-1'],
])('%s: %s is kept', (name, value) => {
  expect(keptHeaders(new Headers([[name, value]]))).toEqual({ [name]: value })
})

test.each([
  ['retry-after', 'when the policy allows'],
  ['x-request-id', 'the user wants a bomb'],
  ['x-request-id', 'a'.repeat(200)],
  ['x-ratelimit-reset-tokens', 'soon'],
  ['x-ratelimit-limit-requests', '1 I think'],
  ['x-ratelimit-limit-requests', '9'.repeat(40)],
  ['x-ratelimit-key', 'gpt-5'],
  ['x-ratelimit-the-user-wants', '1'],
  ['x-ratelimits', '1'],
  ['set-cookie', 'a=1'],
  ['openai-organization', 'o'],
])('%s: %s is not', (name, value) => {
  expect(keptHeaders(new Headers([[name, value]]))).toEqual({})
})

const recorded = loadExchanges()

test.skipIf(!recorded)('of recorded replies all limits but the names of keys are kept', () => {
  const lost = new Set<string>()
  for (const { response } of recorded ?? []) {
    const kept = keptHeaders(new Headers(response.headers))
    for (const name of Object.keys(response.headers)) {
      if (/^(?:x-ratelimit-|retry-after)/.test(name) && !(name in kept)) lost.add(name)
    }
  }
  expect([...lost].sort()).toEqual(['x-ratelimit-abusepenalty-active', 'x-ratelimit-key'])
})
