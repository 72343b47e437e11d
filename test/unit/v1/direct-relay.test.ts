import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { createUndiciTransport } from '../../../src/model/undici-transport.node.ts'
import { createDirectRelay } from '../../../src/v1/direct-relay.node.ts'
import type { GatewayContext } from '../../../src/v1/exchange.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listen(server: Server): Promise<number> {
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A relay before a server that answers with what it was sent; its raw socket, and what the upstream has read. */
async function start() {
  const read: { readonly length: string | undefined; readonly body: string }[] = []
  const upstream = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      read.push({ length: incoming.headers['content-length'], body })
      outgoing.end(`got ${body.length}`)
    })
  })
  const transport = createUndiciTransport({
    baseUrl: `http://127.0.0.1:${await listen(upstream)}/v1`,
    timeouts: { connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000 },
    clock: systemClock,
  })
  closers.push(() => transport.destroy())
  const relay = createDirectRelay({ relayNode: transport.relayNode, apiKey: null })
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // As in the gateway, where the caller is looked up first: the body arrives meanwhile.
    await Promise.resolve()
    const relayed = await relay({ env: { incoming, outgoing } } as unknown as GatewayContext, {
      path: ['echo'],
      method: 'POST',
      search: '',
      forwarded: [],
      responseHeaders: [],
      passes: () => true,
    })
    if (!relayed.ok) outgoing.destroy()
  }
  const gateway = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  const socket = connect(await listen(gateway), '127.0.0.1')
  closers.push(() => socket.destroy())
  await once(socket, 'connect')
  let received = ''
  socket.on('data', (piece: Buffer) => {
    received += piece.toString('latin1')
  })
  const until = async (words: string) => {
    while (!received.includes(words)) await once(socket, 'data')
  }
  return { socket, until, read }
}

const head = (framing: string) => `POST / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`

it('relays bodies that come with their headers, one after the other on one connection', async () => {
  const { socket, until, read } = await start()
  for (const body of ['hello', 'x'.repeat(2_000), 'y'.repeat(30_000)]) {
    socket.write(head(`content-length: ${body.length}`) + body)
    await until(`got ${body.length}`)
  }
  expect(read.map(({ length }) => length)).toEqual(['5', '2000', '30000'])
  expect(read[2]?.body).toBe('y'.repeat(30_000))
})

it('relays a body that comes after its headers, with its declared length', async () => {
  const { socket, until, read } = await start()
  socket.write(`${head('content-length: 10')}01234`)
  await new Promise((resolve) => setImmediate(resolve))
  socket.write('56789')
  await until('got 10')
  expect(read).toEqual([{ length: '10', body: '0123456789' }])
})

it('relays a body in chunks whole', async () => {
  const { socket, until, read } = await start()
  socket.write(`${head('transfer-encoding: chunked')}5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n`)
  await until('got 11')
  expect(read[0]?.body).toBe('hello there')
})

it('relays a megabyte whole', async () => {
  const { socket, until, read } = await start()
  socket.write(`${head('content-length: 1000000')}${'z'.repeat(1_000_000)}`)
  await until('got 1000000')
  expect(read[0]?.length).toBe('1000000')
  expect(read[0]?.body).toBe('z'.repeat(1_000_000))
})

it('relays a request without a body, and the next one on its connection', async () => {
  const { socket, until, read } = await start()
  socket.write(head('content-length: 0'))
  await until('got 0')
  socket.write(`${head('content-length: 4')}next`)
  await until('got 4')
  expect(read.map(({ body }) => body)).toEqual(['', 'next'])
})
