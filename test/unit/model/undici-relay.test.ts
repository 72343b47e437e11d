/** The relay that pipes between Node's own request and response, seen by a client over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { relayRequestHeaders } from '../../../src/model/relay-headers.ts'
import type { TransportTimeouts } from '../../../src/model/transport.ts'
import type { NodeRelayRequest } from '../../../src/model/undici-relay.node.ts'
import {
  createUndiciTransport,
  type UndiciTransport,
} from '../../../src/model/undici-transport.node.ts'
import { loadExchanges, startReplay } from '../../fakes/replay.ts'
import { contentChunks, startUpstream } from '../../fakes/upstream.ts'

const started: { server: Server; transport: UndiciTransport }[] = []
afterEach(async () => {
  for (const { server, transport } of started.splice(0)) {
    await transport.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A bare server that relays every request; its results come back in order. */
async function startRelay(
  baseUrl: string,
  options: Partial<NodeRelayRequest> & { buffered?: boolean } & Partial<TransportTimeouts> = {},
) {
  const { buffered = false, firstByteMs = 60_000, idleMs = 60_000, ...changes } = options
  const timeouts = { connectMs: 60_000, firstByteMs, idleMs }
  const transport = createUndiciTransport({ baseUrl, timeouts, clock: systemClock })
  const results: ReturnType<UndiciTransport['relayNode']>[] = []
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = []
    if (buffered) for await (const chunk of incoming) chunks.push(chunk)
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    )
    const result = transport.relayNode({
      outgoing,
      method: 'POST',
      path: ['chat', 'completions'],
      headers: relayRequestHeaders({ headers, apiKey: 'upstream-key', forwarded: ['x-replay-id'] }),
      body: buffered ? Buffer.concat(chunks) : incoming,
      ...changes,
    })
    results.push(result)
    const settled = await result
    if (!settled.ok && !settled.failure.begun) {
      outgoing.writeHead(502)
      outgoing.end(settled.failure.failure.reason)
    }
  }
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  const url = await listening(server)
  started.push({ server, transport })
  const post = (init: RequestInit = {}) =>
    fetch(url, { method: 'POST', body: '{"model":"m"}', ...init })
  return { post, results }
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
}

describe('the Node relay', () => {
  it.each([true, false])(
    'passes request and response on, body read before: %s',
    async (buffered) => {
      await using upstream = await startUpstream({
        status: 201,
        headers: { 'x-vendor': 'v', 'set-cookie': 'a=b', 'x-request-id': 'vendor' },
        text: '{"ok":true}',
      })
      const { post, results } = await startRelay(upstream.url, {
        buffered,
        responseHeaders: [['x-request-id', 'own']],
      })
      const response = await post({ headers: { authorization: 'Bearer client', cookie: 'c=d' } })
      expect(response.status).toBe(201)
      expect(await response.text()).toBe('{"ok":true}')
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-vendor': 'v',
        'x-request-id': 'own',
      })
      expect(response.headers.get('set-cookie')).toBeNull()
      const [seen] = upstream.requests
      expect(seen?.body).toBe('{"model":"m"}')
      expect(seen?.headers).toMatchObject({
        authorization: 'Bearer upstream-key',
        'content-length': '13',
      })
      expect(seen?.headers.cookie).toBeUndefined()
      expect(await results[0]).toEqual({ ok: true, value: { status: 201, bytes: 11 } })
    },
  )

  it('passes on the first event while the rest is not there', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a']), ending: 'stall' })
    const { post } = await startRelay(upstream.url)
    const response = await post()
    const first = await response.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toContain('"role":"assistant"')
  })

  it('leaves the upstream when the client leaves', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a']), ending: 'stall' })
    const { post, results } = await startRelay(upstream.url)
    const client = new AbortController()
    await post({ signal: client.signal })
    client.abort()
    await upstream.requests[0]?.aborted
    expect(await results[0]).toEqual({
      ok: false,
      failure: { failure: { reason: 'aborted', by: 'client' }, begun: true },
    })
  })

  it('times out before the headers, with nothing written', async () => {
    await using upstream = await startUpstream({ stall: 'before-headers' })
    const { post, results } = await startRelay(upstream.url, { firstByteMs: 60 })
    expect((await post()).status).toBe(502)
    expect(await results[0]).toEqual({
      ok: false,
      failure: { failure: { reason: 'model_timeout', phase: 'first_token' }, begun: false },
    })
  })

  it('times out between the headers and the first piece, which may take longer than the next', async () => {
    await using upstream = await startUpstream({ stall: 'after-headers' })
    const { post, results } = await startRelay(upstream.url, { firstByteMs: 90, idleMs: 30 })
    await expect((await post()).text()).rejects.toThrow()
    expect(await results[0]).toEqual({
      ok: false,
      failure: { failure: { reason: 'model_timeout', phase: 'first_token' }, begun: true },
    })
  })

  it('breaks the client’s connection when the upstream’s breaks', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a', 'b']), ending: 'cut' })
    const { post, results } = await startRelay(upstream.url)
    const response = await post()
    await expect(response.text()).rejects.toThrow()
    expect(await results[0]).toEqual({
      ok: false,
      failure: { failure: { reason: 'model_cut' }, begun: true },
    })
  })

  it('times out within a body that stalls', async () => {
    await using upstream = await startUpstream({ sse: contentChunks(['a']), ending: 'stall' })
    const { post, results } = await startRelay(upstream.url, { idleMs: 60 })
    await expect((await post()).text()).rejects.toThrow()
    expect(await results[0]).toMatchObject({
      failure: { failure: { reason: 'model_timeout', phase: 'idle' }, begun: true },
    })
  })

  it.each([
    [302, { reason: 'model_error_status', status: 302 }],
    [401, { reason: 'model_unauthorized', status: 401 }],
    [503, { reason: 'model_error_status', status: 503 }],
  ])('writes nothing of a %i that may not pass', async (status, failure) => {
    await using upstream = await startUpstream({ status, text: 'secret' })
    const passes = (code: number) => code !== 401 && code < 500
    const { post, results } = await startRelay(upstream.url, { passes })
    expect(await (await post()).text()).toBe(failure.reason)
    expect(await results[0]).toEqual({ ok: false, failure: { failure, begun: false } })
  })

  it('does not hold what a slow client does not take', async () => {
    let written = 0
    const upstream = createServer((incoming, outgoing) => {
      incoming.resume()
      const fill = () => {
        do written += 65_536
        while (outgoing.write(Buffer.alloc(65_536)) && written < 200_000_000)
      }
      outgoing.on('drain', fill)
      fill()
    })
    const { post, results } = await startRelay(await listening(upstream))
    const reader = (await post()).body?.getReader()
    for (let count = 0; count < 3; count++) await reader?.read()
    expect(written).toBeLessThan(50_000_000)
    await reader?.cancel()
    await results[0]
    upstream.closeAllConnections()
    upstream.close()
  })

  const exchanges = loadExchanges()

  it.skipIf(!exchanges)('passes on every recorded body byte for byte', async () => {
    const recorded = exchanges ?? []
    await using upstream = await startReplay({ exchanges: recorded, chunkBytes: 8191 })
    const { post } = await startRelay(upstream.url)
    const differing: string[] = []
    for (const { id, response } of recorded) {
      const relayed = await post({ headers: { 'x-replay-id': id } })
      const same = Buffer.from(await relayed.arrayBuffer()).equals(Buffer.from(response.body))
      if (!same || relayed.status !== response.status) differing.push(id)
    }
    expect(differing).toEqual([])
  })
})
