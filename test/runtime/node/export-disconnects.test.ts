/** Clients of an export that go away, over real connections: whoever asks next must not be told that it is busy. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readConfig } from '../../../src/start/config.ts'
import { openDatabase } from '../../../src/start/node/open-database.node.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { fillDatabase } from '../../fakes/logged-transcripts.ts'
import { plant } from '../../unit/harvest/stages/plant.ts'

const COUNT = 2_500

let gateway: TestGateway
const ask = (query: string, signal?: AbortSignal) =>
  fetch(`${gateway.url}/admin/v1/export?${query}`, {
    headers: { authorization: `Bearer ${gateway.adminToken}` },
    signal: signal ?? null,
  })

beforeAll(async () => {
  gateway = await startTestGateway({ upstream: 'stand-in' })
  const read = readConfig({ DATA_DIR: gateway.dataDir }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database = await openDatabase(read.value.config)
  await fillDatabase(
    database,
    Array.from({ length: COUNT }, (_, index) => plant(index + 1)),
  )
  await database.close()
})
afterAll(() => gateway.close())

/** Nothing is to be had, so that it takes no longer than to look. */
const NOTHING = 'format=sft&policy=nowhere'

const statusOf = async () => {
  const response = await ask(NOTHING)
  await response.text()
  return response.status
}
const isFree = () => expect.poll(statusOf).toBe(200)

it('frees its place when a client goes before the first byte', async () => {
  const leaving = new AbortController()
  const asked = ask('format=sft-cot', leaving.signal)
  await expect.poll(statusOf).toBe(409)
  leaving.abort()
  await expect(asked).rejects.toThrow()
  await isFree()
})

it('frees its place when a client goes in the middle, and reads no further', async () => {
  const leaving = new AbortController()
  const response = await ask('format=transcript', leaving.signal)
  const reader = response.body?.getReader()
  await reader?.read()
  expect((await ask(NOTHING)).status).toBe(409)
  leaving.abort()
  await isFree()
})
