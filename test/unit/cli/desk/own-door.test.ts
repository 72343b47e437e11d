import { expect, it } from 'vitest'
import { createOwnDoor } from '../../../../src/cli/desk/own-door.ts'
import { openOwnPorts } from '../../../../src/cli/desk/own-ports.node.ts'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../../src/lib/clock.ts'
import { readConfig } from '../../../../src/start/config.ts'

it('the surface of this process lets nobody in but its own door', async () => {
  const read = readConfig({}, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database = openSqlite({ path: ':memory:' })
  await using own = await openOwnPorts(read.value.config, database)
  const door = createOwnDoor({ ...own, actor: 'cli:ann', random: systemRandom })
  const send = (headers: Readonly<Record<string, string>>) =>
    door.send({ method: 'GET', path: '/nothing', headers })
  expect((await send({})).status).toBe(404)
  for (const authorization of ['', 'Bearer x', `Bearer ${'0'.repeat(64)}`]) {
    const refused = await send({ authorization })
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'not_authenticated' })
  }
  await database.close()
})
