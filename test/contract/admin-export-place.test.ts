/** The one place for exports that a gateway has: whoever holds it must not hold it for ever. */
import { expect, it, vi } from 'vitest'
import { fillDatabase } from '../fakes/logged-transcripts.ts'
import { plant } from '../unit/harvest/stages/plant.ts'
import { openAdminGateway, tokenFor } from './admin-gateway.ts'

const QUERY = '/export?format=sft'

it('takes the place of an export that its platform has ended, which ends nothing of another', async () => {
  const { app, ask, database, clock } = await openAdminGateway()
  await fillDatabase(database, [plant(1)])
  const { promise, resolve } = Promise.withResolvers<readonly never[]>()
  const look = vi.spyOn(database, 'all').mockImplementationOnce(() => promise)
  const ended = ask('GET', QUERY)
  await expect.poll(() => look.mock.calls.length).toBeGreaterThan(0)
  clock.time += 14 * 60_000
  expect((await ask('GET', QUERY)).status).toBe(409)
  clock.time += 2 * 60_000
  const headers = { authorization: `Bearer ${await tokenFor()}` }
  const second = await app.request(`/admin/v1${QUERY}`, { headers })
  expect(second.status).toBe(200)
  resolve([])
  await (await ended).text()
  expect((await ask('GET', QUERY)).status).toBe(409)
  await second.text()
  expect((await ask('GET', QUERY)).status).toBe(200)
})
