import { expect, it } from 'vitest'
import { forwardedHeaders, isForwardable } from '../../../src/model/forwarded-headers.ts'

it('finds the named headers that a request has, and no others', () => {
  const headers = new Headers({ 'OpenAI-Beta': 'a', 'x-trace-id': 't', 'x-other': 'o' })
  expect(forwardedHeaders(headers, ['openai-beta', 'x-trace-id', 'x-absent'])).toEqual({
    'openai-beta': 'a',
    'x-trace-id': 't',
  })
})

it.each(['openai-beta', 'user-agent', 'x-trace-id', 'anthropic-beta'])('lets %s go on', (name) => {
  expect(isForwardable(name)).toBe(true)
})

it.each([
  'authorization',
  'api-key',
  'cookie',
  'host',
  'te',
  'content-type',
  'proxy-authorization',
  'sec-fetch-site',
  'x-chambers-session',
  'traceparent',
  '',
])('lets "%s" go on under no configuration', (name) => {
  expect(isForwardable(name)).toBe(false)
})
