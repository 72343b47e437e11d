import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createOwnDoor } from '../../../../src/cli/desk/own-door.ts'
import { openOwn } from '../../../../src/cli/desk/own-ports.node.ts'
import { systemRandom } from '../../../../src/lib/clock.ts'
import { readConfig } from '../../../../src/start/config.ts'

it('the surface of this process lets nobody in but its own door', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-own-'))
  const read = readConfig({ DATA_DIR: folder }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const own = await openOwn(read.value.config)
  const { ports } = own
  const door = createOwnDoor({ ports, actor: 'cli:ann', random: systemRandom })
  const send = (headers: Readonly<Record<string, string>>) =>
    door.send({ method: 'GET', path: '/nothing', headers })
  expect((await send({})).status).toBe(404)
  for (const authorization of ['', 'Bearer x', `Bearer ${'0'.repeat(64)}`]) {
    const refused = await send({ authorization })
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'not_authenticated' })
  }
  await own[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
