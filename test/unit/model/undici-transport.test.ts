/** A model server that closes its connection at the very moment at which nobody takes more of its reply: it ended, and that is no fault. */
import type { ServerResponse } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { createUndiciFetch } from '../../../src/model/undici-fetch.node.ts'
import { createUndiciTransport } from '../../../src/model/undici-transport.node.ts'

/** Fills, to the byte, what undici and the web stream over it hold for a slow reader. */
const FILLING_BYTES = 131_072
const PIECE_BYTES = 4_096
const REQUEST = { method: 'POST', path: ['x'], headers: [] } as const

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Gives so many bytes, says beforehand that it will close, and closes; `closed` is when both sides have. */
async function startClosing(bytes: number) {
  const closed = Promise.withResolvers<void>()
  const reply = async (socket: Socket) => {
    socket.setNoDelay(true)
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\nconnection: close\r\n\r\n`)
    for (let sent = 0; sent < bytes; sent += PIECE_BYTES) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, bytes - sent), 'a')
      await new Promise((resolve) => socket.write(piece, resolve))
      await turn()
    }
    socket.end()
  }
  const server = createServer((socket) => {
    socket.once('close', () => closed.resolve())
    socket.once('data', () => void reply(socket))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, closed: closed.promise }
}

const transportTo = (baseUrl: string) =>
  createUndiciTransport({
    baseUrl,
    timeouts: { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000 },
    clock: systemClock,
  })

describe('a reply that waits unread while its connection closes', () => {
  it('comes whole through the fetch', async () => {
    const { url, closed } = await startClosing(FILLING_BYTES)
    const undici = createUndiciFetch({ connectMs: 60_000 })
    const response = await undici.fetch(url)
    await closed
    expect((await response.arrayBuffer()).byteLength).toBe(FILLING_BYTES)
    await undici.close()
  })

  it('comes whole through the transport', async () => {
    const { url, closed } = await startClosing(FILLING_BYTES)
    const transport = transportTo(url)
    const { signal } = new AbortController()
    const sent = await transport.send({ ...REQUEST, body: new Uint8Array(), signal })
    if (!sent.ok) throw new Error(sent.failure.reason)
    await closed
    expect((await new Response(sent.value.body).arrayBuffer()).byteLength).toBe(FILLING_BYTES)
    await transport.close()
  })

  it('comes whole through the relay', async () => {
    const { url, closed } = await startClosing(10)
    const transport = transportTo(url)
    const client = new PassThrough({ highWaterMark: 1 })
    const head = { writeHead: () => {}, flushHeaders: () => {}, statusCode: 200 }
    const outgoing = Object.assign(client, head) as unknown as ServerResponse
    const relayed = transport.relayNode({ ...REQUEST, outgoing, body: null })
    await closed
    expect(String(Buffer.concat(await client.toArray()))).toBe('a'.repeat(10))
    expect(await relayed).toEqual({ ok: true, value: { status: 200, bytes: 10 } })
    await transport.close()
  })
})
