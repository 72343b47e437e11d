/** Which headers cross a relay, and how its path is made. */
import { describe, expect, it } from 'vitest'
import { relayRequestHeaders, relayResponseHeaders } from '../../../src/model/relay-headers.ts'
import { upstreamPath } from '../../../src/model/transport.ts'

type Pair = [string, string]

const request = (headers: Pair[], own?: Pair[]) =>
  relayRequestHeaders({ headers, apiKey: 'upstream-key', ...(own ? { own } : {}) })

describe('request headers', () => {
  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Host',
    'Content-Length',
    'Expect',
    'Cookie',
    'api-key',
    'OpenAI-Organization',
    'OpenAI-Project',
    'X-Forwarded-For',
    'Forwarded',
    'CF-Connecting-IP',
    'X-Chambers-Session',
    'x-chambers-policy',
    'x-api-key',
    'x-goog-api-key',
    'x-portkey-api-key',
    'helicone-auth',
    'x-portkey-config',
    'x-litellm-tags',
    'x-use-cache',
    'x-real-ip',
    'origin',
    'referer',
    'sec-fetch-site',
    'baggage',
    'x-unknown',
    'x-stainless',
  ])('drop %s', (name) => {
    expect(request([[name, 'x']])).toEqual([['authorization', 'Bearer upstream-key']])
  })

  it('replace the authorization, however it is spelled and however often it stands', () => {
    const headers: Pair[] = [
      ['Authorization', 'Bearer client'],
      ['AUTHORIZATION', 'Bearer client'],
    ]
    expect(request(headers)).toEqual([['authorization', 'Bearer upstream-key']])
    expect(relayRequestHeaders({ headers, apiKey: null })).toEqual([])
  })

  it('drop what the Connection header names, before and after it', () => {
    const headers: Pair[] = [
      ['x-stainless-lang', '1'],
      ['connection', 'close, X-Stainless-Lang , openai-beta'],
      ['openai-beta', '2'],
      ['accept', '3'],
    ]
    expect(request(headers)).toEqual([
      ['accept', '3'],
      ['authorization', 'Bearer upstream-key'],
    ])
  })

  it('cannot lose the upstream key to a Connection header', () => {
    expect(request([['connection', 'authorization']])).toEqual([
      ['authorization', 'Bearer upstream-key'],
    ])
  })

  it('keep those that are listed, repeated ones too, and put the own in place of the same name', () => {
    const kept: Pair[] = [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
      ['accept', 'text/event-stream'],
      ['accept-encoding', 'gzip'],
      ['user-agent', 'OpenAI/JS'],
      ['x-stainless-lang', 'js'],
      ['idempotency-key', 'a'],
      ['openai-beta', '1'],
      ['openai-beta', '2'],
    ]
    expect(request([...kept, ['Traceparent', 'client']], [['traceparent', 'own']])).toEqual([
      ...kept,
      ['authorization', 'Bearer upstream-key'],
      ['traceparent', 'own'],
    ])
  })
})

describe('request headers that an operator lets pass', () => {
  it('go up, however they are spelled, and no others', () => {
    const headers: Pair[] = [
      ['OpenAI-Organization', 'org'],
      ['openai-project', 'p'],
    ]
    const sent = relayRequestHeaders({
      headers,
      apiKey: null,
      forwarded: ['openai-organization'],
    })
    expect(sent).toEqual([['openai-organization', 'org']])
  })

  it('never replace the key of the gateway', () => {
    const headers: Pair[] = [['authorization', 'Bearer client']]
    const forwarded = ['authorization']
    expect(relayRequestHeaders({ headers, apiKey: 'own', forwarded })).toEqual([
      ['authorization', 'Bearer own'],
    ])
  })
})

describe('response headers', () => {
  it.each([
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'Set-Cookie',
    'Alt-Svc',
    'Strict-Transport-Security',
    'Location',
    'OpenAI-Organization',
    'Access-Control-Allow-Origin',
    'Cross-Origin-Opener-Policy',
    'X-Accel-Redirect',
    'X-Sendfile',
    'x-chambers-outcome',
  ])('drop %s', (name) => {
    expect(relayResponseHeaders([[name, 'x']])).toEqual([])
  })

  it('keep the vendor’s own, less those the gateway states itself', () => {
    expect(
      relayResponseHeaders(
        [
          ['Content-Type', 'application/json'],
          ['content-encoding', 'br'],
          ['X-Request-Id', 'vendor'],
          ['x-accel-buffering', 'no'],
          ['x-ratelimit-remaining-tokens', '9'],
        ],
        [['x-request-id', 'own']],
      ),
    ).toEqual([
      ['content-type', 'application/json'],
      ['content-encoding', 'br'],
      ['x-accel-buffering', 'no'],
      ['x-ratelimit-remaining-tokens', '9'],
      ['x-request-id', 'own'],
    ])
  })
})

describe('the upstream path', () => {
  const base = new URL('https://api.example.com/openai/v1/')

  it.each([
    [['chat', 'completions'], '', '/openai/v1/chat/completions'],
    [['models', 'org/model?x#y'], '', '/openai/v1/models/org%2Fmodel%3Fx%23y'],
    [['models', '@evil.example'], '', '/openai/v1/models/%40evil.example'],
    [['models', '\\\\evil.example'], '', '/openai/v1/models/%5C%5Cevil.example'],
    [['models'], '?limit=1', '/openai/v1/models?limit=1'],
  ])('of %j and %j is %s', (path, search, expected) => {
    expect(upstreamPath(base, path, search)).toBe(expected)
  })

  it.each(['', '.', '..'])('refuses the segment %j', (segment) => {
    expect(() => upstreamPath(base, ['models', segment])).toThrow(TypeError)
  })
})
