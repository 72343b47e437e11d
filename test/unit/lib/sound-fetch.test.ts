/** A server that closes while its reply waits to be read: what Node's own fetch ends the process with. */
import { createServer } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { replaceFetch } from '../../../src/lib/sound-fetch.node.ts'
import { startUpstream } from '../../fakes/upstream.ts'

function soundFetch(): typeof fetch {
  const target = { fetch }
  replaceFetch(target)
  return target.fetch
}

it('is put in place of the one that was there', () => {
  expect(soundFetch()).not.toBe(fetch)
})

it('asks and answers as fetch does', async () => {
  await using upstream = await startUpstream({ status: 201, text: 'hello' })
  const response = await soundFetch()(upstream.url, { method: 'POST', body: 'b' })
  expect([response.status, await response.text()]).toEqual([201, 'hello'])
  expect(upstream.requests[0]?.body).toBe('b')
})

it.each([16_384, 65_536, 131_072, 1_048_576])(
  'reads a reply of %i bytes whole that waits while its connection is closed',
  async (bytes) => {
    const closing = Promise.withResolvers<void>()
    const server = createServer((socket) => {
      const reply = async () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\nconnection: close\r\n\r\n`)
        for (let sent = 0; sent < bytes; sent += 4_096) {
          socket.write(Buffer.alloc(4_096, 'a'))
          await turn()
        }
        socket.end(() => closing.resolve())
      }
      socket.once('data', () => void reply())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const response = await soundFetch()(`http://127.0.0.1:${port}`)
    if (bytes < 1_000_000) await closing.promise
    // As long as a reader may be busy with what came before.
    for (let turns = 0; turns < 50; turns++) await turn()
    expect((await response.arrayBuffer()).byteLength).toBe(bytes)
    server.close()
  },
)
