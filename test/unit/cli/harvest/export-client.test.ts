import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExportClient } from '../../../../src/cli/harvest/export-client.node.ts'
import { nextTurn } from '../../../../src/lib/in-turns.ts'

const LINES = 4_000
const LINE = `"${'x'.repeat(10_000)}"`

/** Far more than a socket holds. */
let left = Promise.withResolvers<void>()
const server = createServer((_request, response) => {
  response.on('close', () => left.resolve())
  response.end(`${LINE}\n`.repeat(LINES))
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

it('gives every line to whoever reads slower than the gateway sends', async () => {
  const { lines } = await createExportClient(url, 'token').get('export', {})
  let count = 0
  for await (const line of lines ?? []) {
    if (line === LINE) count++
    await nextTurn()
  }
  expect(count).toBe(LINES)
})

it('lets go of the gateway when somebody stops reading', async () => {
  left = Promise.withResolvers()
  const { lines } = await createExportClient(url, 'token').get('export', {})
  for await (const line of lines ?? []) {
    expect(line).toBe(LINE)
    break
  }
  await left.promise
})
