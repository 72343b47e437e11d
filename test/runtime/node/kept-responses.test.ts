/** Responses that are kept, as clients meet them across the ends of a gateway and of a person. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-kept-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const start = () => startTestGateway({ upstream: 'stand-in', dataDir })

async function ask(gateway: TestGateway, body: object) {
  const response = await gateway.post('responses', { model: 'stand-in', input: 'Hello', ...body })
  return { status: response.status, body: await response.json() }
}

async function get(gateway: TestGateway, id: string) {
  const headers = { authorization: `Bearer ${gateway.appKey}` }
  const response = await fetch(`${gateway.url}/v1/responses/${id}`, { headers })
  return { status: response.status, body: await response.json() }
}

it('are there when a gateway has ended and begun again, and are gone on from', async () => {
  const before = await start()
  const first = await ask(before, {})
  await before.close()
  await using after = await start()
  expect(await get(after, first.body.id)).toEqual(first)
  const second = await ask(after, { input: 'Go on', previous_response_id: first.body.id })
  expect([second.status, second.body.previous_response_id]).toEqual([200, first.body.id])
})

it('are gone with the person who asked, and others stay', async () => {
  await using gateway = await start()
  const [ada, bob] = [
    await ask(gateway, { safety_identifier: 'ada' }),
    await ask(gateway, { safety_identifier: 'bob' }),
  ]
  const deleted = await fetch(`${gateway.url}/admin/v1/transcripts?tenant=default&subject=ada`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${gateway.adminToken}` },
  })
  expect(deleted.status).toBe(200)
  expect((await get(gateway, ada.body.id)).status).toBe(404)
  expect((await get(gateway, bob.body.id)).status).toBe(200)
  const next = await ask(gateway, { previous_response_id: ada.body.id })
  expect(next.body.error.code).toBe('previous_response_not_found')
})
