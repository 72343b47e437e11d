/** Both transports against one scripted upstream: the same promises, held by fetch and by undici. */
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { createFetchTransport } from '../../../src/model/fetch-transport.ts'
import {
  BodyFailure,
  type Transport,
  type TransportRequest,
  type TransportTimeouts,
} from '../../../src/model/transport.ts'
import {
  createUndiciTransport,
  type UndiciTransport,
} from '../../../src/model/undici-transport.node.ts'
import { createStandIn } from '../../../src/stand-in/stand-in.ts'
import { loadExchanges, startReplay } from '../../fakes/replay.ts'
import { contentChunks, refusedUrl, startUpstream } from '../../fakes/upstream.ts'

const PATIENT: TransportTimeouts = { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000 }

const open: UndiciTransport[] = []
afterEach(async () => {
  for (const transport of open.splice(0)) await transport.destroy()
})

const TRANSPORTS: readonly (readonly [
  string,
  (baseUrl: string, timeouts?: Partial<TransportTimeouts>) => Transport,
])[] = [
  [
    'fetch',
    (baseUrl, timeouts) =>
      createFetchTransport({
        baseUrl,
        fetch: (request) => fetch(request),
        ...PATIENT,
        ...timeouts,
      }),
  ],
  [
    'undici',
    (baseUrl, timeouts) => {
      const transport = createUndiciTransport({
        baseUrl,
        timeouts: { ...PATIENT, ...timeouts },
        clock: systemClock,
      })
      open.push(transport)
      return transport.send
    },
  ],
]

const BODY = new TextEncoder().encode('{"model":"m"}')

function request(changes: Partial<TransportRequest> = {}): TransportRequest {
  return {
    method: 'POST',
    path: ['chat', 'completions'],
    headers: [['content-type', 'application/json']],
    body: BODY,
    signal: new AbortController().signal,
    ...changes,
  }
}

describe.each(TRANSPORTS)('the %s transport', (name, create) => {
  it('sends method, path, headers and bytes, and passes on status, headers and bytes', async () => {
    await using upstream = await startUpstream({
      status: 418,
      headers: { 'content-type': 'text/odd', 'x-vendor': 'v' },
      text: '  {"odd": "bytes"}\n',
    })
    const result = await create(upstream.url)(request({ search: '?a=b' }))
    if (!result.ok) throw new Error(result.failure.reason)
    expect(result.value.status).toBe(418)
    expect(result.value.headers).toContainEqual(['content-type', 'text/odd'])
    expect(result.value.headers).toContainEqual(['x-vendor', 'v'])
    expect(await new Response(result.value.body).text()).toBe('  {"odd": "bytes"}\n')
    expect(upstream.requests[0]).toMatchObject({
      method: 'POST',
      url: '/v1/chat/completions?a=b',
      body: '{"model":"m"}',
      headers: { 'content-type': 'application/json', 'content-length': '13' },
    })
  })

  it('streams a request body', async () => {
    await using upstream = await startUpstream({ text: 'ok' })
    const body = new Blob(['{"model":', '"m"}']).stream()
    const result = await create(upstream.url)(request({ body }))
    expect(result.ok).toBe(true)
    expect(upstream.requests[0]?.body).toBe('{"model":"m"}')
  })

  it('gives bytes that agree with the headers when the upstream encodes', async () => {
    await using upstream = await startUpstream({
      headers: { 'content-encoding': 'gzip' },
      text: gzipSync('{"a":1}'),
    })
    const result = await create(upstream.url)(request({ headers: [['accept-encoding', 'gzip']] }))
    if (!result.ok) throw new Error(result.failure.reason)
    const encoding = new Map(result.value.headers).get('content-encoding')
    const bytes = Buffer.from(await new Response(result.value.body).arrayBuffer())
    // Undici keeps the vendor's bytes and their label; fetch decodes, so it asks for none and drops the label.
    if (name === 'undici') {
      expect(encoding).toBe('gzip')
      expect(bytes).toEqual(gzipSync('{"a":1}'))
    } else {
      expect(encoding).toBeUndefined()
      expect(bytes.toString()).toBe('{"a":1}')
      expect(upstream.requests[0]?.headers['accept-encoding']).toBe('identity')
    }
  })

  it('does not follow a redirect', async () => {
    await using upstream = await startUpstream([
      { status: 307, headers: { location: '/v1/models' }, text: '' },
      { text: 'followed' },
    ])
    const result = await create(upstream.url)(request())
    expect(result).toEqual({ ok: false, failure: { reason: 'model_error_status', status: 307 } })
    expect(upstream.requests).toHaveLength(1)
  })

  it('sends once when the upstream hangs up', async () => {
    await using upstream = await startUpstream({ hangUp: true })
    const result = await create(upstream.url)(request())
    expect(result).toMatchObject({ ok: false, failure: { reason: 'model_unreachable' } })
    expect(upstream.requests).toHaveLength(1)
  })

  it('says unreachable of a port where nobody listens, without its address', async () => {
    const result = await create(await refusedUrl())(request())
    expect(result).toMatchObject({ ok: false, failure: { reason: 'model_unreachable' } })
    expect(JSON.stringify(result)).not.toContain('127.0.0.1')
  })

  it('times out before the headers', async () => {
    await using upstream = await startUpstream({ stall: 'before-headers' })
    const result = await create(upstream.url, { firstByteMs: 50 })(request())
    expect(result).toEqual({
      ok: false,
      failure: { reason: 'model_timeout', phase: 'first_token' },
    })
    await upstream.requests[0]?.aborted
  })

  it('times out within a body that stalls', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a']), ending: 'stall' })
    const result = await create(upstream.url, { idleMs: 60 })(request())
    if (!result.ok) throw new Error(result.failure.reason)
    expect(await bodyFailure(result.value.body)).toEqual({
      reason: 'model_timeout',
      phase: 'idle',
    })
  })

  it('says cut of a body that breaks off', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a', 'b']), ending: 'cut' })
    const result = await create(upstream.url)(request())
    if (!result.ok) throw new Error(result.failure.reason)
    expect(await bodyFailure(result.value.body)).toEqual({ reason: 'model_cut' })
  })

  it.each([
    ['client', 'client'],
    ['deadline', 'deadline'],
    [{ by: 'deadline' }, 'deadline'],
    [new DOMException('late', 'TimeoutError'), 'deadline'],
    [undefined, 'client'],
  ])(
    'aborted before the headers for %s, says by whom and leaves the upstream',
    async (reason, by) => {
      await using upstream = await startUpstream({ stall: 'before-headers' })
      const caller = new AbortController()
      const pending = create(upstream.url)(request({ signal: caller.signal }))
      const { aborted } = await upstream.request(0)
      caller.abort(reason)
      expect(await pending).toEqual({ ok: false, failure: { reason: 'aborted', by } })
      await aborted
    },
  )

  it('aborted within the body, fails the body and leaves the upstream', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a']), ending: 'stall' })
    const caller = new AbortController()
    const result = await create(upstream.url)(request({ signal: caller.signal }))
    if (!result.ok) throw new Error(result.failure.reason)
    caller.abort('client')
    expect(await bodyFailure(result.value.body)).toEqual({ reason: 'aborted', by: 'client' })
    await upstream.requests[0]?.aborted
  })

  it('leaves the upstream when its body is cancelled', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a']), ending: 'stall' })
    const result = await create(upstream.url)(request())
    if (!result.ok) throw new Error(result.failure.reason)
    await result.value.body?.cancel()
    expect(await upstream.requests[0]?.aborted).toBeGreaterThan(0)
  })

  it('makes the upstream wait for a reader that does not read', async () => {
    let written = 0
    const server = createServer((_incoming, outgoing) => {
      const fill = () => {
        do written += 65_536
        while (outgoing.write(Buffer.alloc(65_536)) && written < 200_000_000)
      }
      outgoing.on('drain', fill)
      fill()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const result = await create(`http://127.0.0.1:${port}/v1`)(request())
    if (!result.ok) throw new Error(result.failure.reason)
    const reader = result.value.body?.getReader()
    for (let count = 0; count < 3; count++) await reader?.read()
    expect(written).toBeLessThan(50_000_000)
    await reader?.cancel()
    server.closeAllConnections()
    server.close()
  })

  const exchanges = loadExchanges()

  it.skipIf(!exchanges)('passes on every recorded body byte for byte', async () => {
    const recorded = exchanges ?? []
    await using upstream = await startReplay({ exchanges: recorded, chunkBytes: 8191 })
    const send = create(upstream.url)
    const differing: string[] = []
    for (const { id, response } of recorded) {
      const result = await send(request({ headers: [['x-replay-id', id]] }))
      const bytes = result.ok ? await new Response(result.value.body).bytes() : null
      const same = bytes && Buffer.from(bytes).equals(Buffer.from(response.body))
      if (!same || !result.ok || result.value.status !== response.status) differing.push(id)
    }
    expect(recorded.length).toBeGreaterThan(1_000)
    expect(differing).toEqual([])
  })
})

describe('the stand-in within the process', () => {
  it('answers through the fetch transport', async () => {
    const send = createFetchTransport({
      baseUrl: 'http://stand-in.local/v1',
      fetch: createStandIn(),
      firstByteMs: 60_000,
      idleMs: 60_000,
    })
    const result = await send(request({ method: 'GET', path: ['models'], body: null }))
    if (!result.ok) throw new Error(result.failure.reason)
    expect(await new Response(result.value.body).json()).toMatchObject({ object: 'list' })
  })
})

async function bodyFailure(body: ReadableStream<Uint8Array> | null): Promise<unknown> {
  try {
    await new Response(body).text()
    return null
  } catch (error) {
    return error instanceof BodyFailure ? error.failure : error
  }
}
