import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchKeySet } from '../../../src/lib/fetch-key-set.ts'

let server: Server | null = null

async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  server = createServer((_request, response) => answer(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

describe('a key set', () => {
  it('is given as it came', async () => {
    const url = await serve((response) => response.end('{"keys":[]}'))
    expect(await (await fetchKeySet(url, {})).json()).toEqual({ keys: [] })
  })

  it('that does not end is read no further than a megabyte', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
      }
      response.on('drain', write).on('close', closed.resolve)
      write()
    })
    await expect(fetchKeySet(url, {})).rejects.toThrow('The key set is larger than 1048576 bytes')
    await closed.promise
  })

  it.each(['{"keys":[],"keys":[]}', '{"keys":', '<html>'])('is no %s', async (text) => {
    const url = await serve((response) => response.end(text))
    await expect(fetchKeySet(url, {})).rejects.toThrow('The key set cannot be read as JSON')
  })

  it.each([204, 302, 404, 500])('is not what comes with status %i', async (status) => {
    const url = await serve((response) => response.writeHead(status).end('{"keys":[]}'))
    const response = await fetchKeySet(url, { redirect: 'manual' })
    expect([response.status, response.body]).toEqual([status, null])
  })
})
