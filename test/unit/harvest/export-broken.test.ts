/** Gateways that break off, or are none: nothing of what they gave is kept. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { chambersIn } from '../cli/chambers.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-broken-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const ROW = JSON.stringify({ row: { messages: [], tools: null, id: 'a' }, split: 'train' })

it.each<[string, RequestListener, RegExp]>([
  [
    'breaks off',
    (_, response) => {
      response.write(`${ROW}\n`, () => response.destroy())
    },
    /^Export again: http.* broke off/m,
  ],
  ['ends before the end', (_, response) => response.end(`${ROW}\n`), /^Export again: http/m],
  [
    'names a file of its own',
    (_, response) => {
      const row = { messages: [], tools: null, id: 'a' }
      response.end(`${JSON.stringify({ row, split: '../elsewhere' })}\n`)
    },
    /^Name a gateway with --url/m,
  ],
  ['answers no JSON', (_, response) => response.end('<html>\n'), /^Name a gateway with --url/m],
  [
    'sends us elsewhere',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /answered 302/,
  ],
])('of a gateway that %s nothing is kept', async (_, answer, message) => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const out = mkdtempSync(join(root, 'out-'))
  const url = `http://127.0.0.1:${port}`
  const { code, stderr } = await chambersIn({ CHAMBERS_TOKEN: 'a.b.c' })(
    'harvest',
    'export',
    '--url',
    url,
    '--out',
    out,
  )
  server.close()
  expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
  expect(readdirSync(out)).toEqual([])
  expect(readdirSync(root).filter((name) => !name.startsWith('out-'))).toEqual([])
})
