/** The fetch over undici against a loopback server: bodies, encodings, aborts, refused connections. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { reveal } from '../../../src/lib/opaque.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { chatDialect } from '../../../src/model/chat-dialect.ts'
import { createOpenAiModel } from '../../../src/model/openai-model.ts'
import { createUndiciFetch, type UndiciFetch } from '../../../src/model/undici-fetch.node.ts'

let server: Server
let undici: UndiciFetch
let origin: string
let listener: RequestListener

beforeEach(async () => {
  server = createServer((request, response) => listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  origin = `http://127.0.0.1:${port}`
  undici = createUndiciFetch({ connectMs: 60_000 })
})

afterEach(async () => {
  server.closeAllConnections()
  await undici.close()
  await new Promise((resolve) => server.close(resolve))
})

describe('createUndiciFetch', () => {
  test('sends the body and headers and gives status, headers and body', async () => {
    listener = (request, response) => {
      response.writeHead(201, { 'x-a': ['1', '2'] })
      request.pipe(response)
    }
    const init = { method: 'POST', headers: { 'x-b': 'b' }, body: 'Grüße 😀' }
    const response = await undici.fetch(`${origin}/v1/x?y=1`, init)
    expect(response.status).toBe(201)
    expect(response.headers.get('x-a')).toBe('1, 2')
    expect(await response.text()).toBe('Grüße 😀')
  })

  const TEXT = Buffer.from('Hi'.repeat(1000))
  test.each([
    ['gzip', gzipSync(TEXT)],
    ['X-GZIP', gzipSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br, gzip', gzipSync(brotliCompressSync(TEXT))],
    ['identity', TEXT],
  ])('decodes a body that was encoded unasked: %s', async (coding, bytes) => {
    listener = (_request, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(bytes)
    }
    expect(await (await undici.fetch(origin)).text()).toBe(TEXT.toString())
  })

  test('an encoded body that is cut errors', async () => {
    listener = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(TEXT).subarray(0, 20))
    }
    await expect((await undici.fetch(origin)).text()).rejects.toMatchObject({ code: 'Z_BUF_ERROR' })
  })

  test('a body that is cut errors', async () => {
    listener = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('Hi')
      setTimeout(() => response.destroy(), 10)
    }
    const response = await undici.fetch(origin)
    await expect(response.text()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
  })

  test('cancelling the body closes the connection', async () => {
    const closed = Promise.withResolvers<void>()
    listener = (_request, response) => {
      response.on('close', () => closed.resolve())
      response.write('Hi')
    }
    const response = await undici.fetch(origin)
    await response.body?.cancel()
    await closed.promise
  })

  test('a status without a body has none', async () => {
    listener = (_request, response) => response.writeHead(204).end()
    const response = await undici.fetch(origin)
    expect([response.status, response.body]).toEqual([204, null])
  })
})

describe('the model over it', () => {
  const call = (signal = new AbortController().signal) => ({ signal, span: noSpan })
  const prompt = {
    model: 'm',
    turns: [{ role: 'user', content: 'Hi' }],
    parameters: {},
    stream: true,
  } as const
  const createModel = () =>
    createOpenAiModel({
      dialect: chatDialect,
      provider: 'test',
      baseURL: `${origin}/v1`,
      apiKey: null,
      fetch: undici.fetch,
      clock: systemClock,
      random: systemRandom,
      timeouts: { firstTokenMs: 60_000, idleMs: 60_000, totalMs: 60_000 },
      maxRetries: 0,
      maxBodyBytes: 100_000,
    })
  const token =
    'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'

  test('reuses connections over calls', async () => {
    const sockets = new Set<unknown>()
    listener = (request, response) => {
      sockets.add(request.socket)
      request.resume()
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`${token}data: [DONE]\n\n`)
    }
    const model = createModel()
    for (let count = 0; count < 5; count++) {
      const result = await model.complete(prompt, call())
      const choice = result.ok ? result.value.choices[0] : undefined
      expect(choice && reveal(choice.output)).toEqual([{ channel: 'content', text: 'Hi' }])
    }
    // The next call may begin a tick before the last one's connection is free again.
    expect(sockets.size).toBeLessThanOrEqual(2)
  })

  test('an abort reaches the upstream', async () => {
    const controller = new AbortController()
    const closed = Promise.withResolvers<void>()
    listener = (_request, response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(200).write(': PING\n\n')
      setTimeout(() => controller.abort({ by: 'client' }), 20)
    }
    const result = await createModel().complete(prompt, call(controller.signal))
    expect(result).toEqual({ ok: false, failure: { reason: 'aborted', by: 'client' } })
    await closed.promise
  })

  test('a stream that does not end after [DONE] is not waited for', async () => {
    listener = (_request, response) => response.writeHead(200).write(`${token}data: [DONE]\n\n`)
    expect((await createModel().complete(prompt, call())).ok).toBe(true)
  })

  test('a refused connection is unreachable', async () => {
    const model = createModel()
    await new Promise((resolve) => server.close(resolve))
    const result = await model.complete(prompt, call())
    expect(result).toEqual({
      ok: false,
      failure: { reason: 'model_unreachable', detail: 'ECONNREFUSED' },
    })
    server.listen(0)
  })
})
