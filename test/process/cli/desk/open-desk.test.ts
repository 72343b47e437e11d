import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { openDesk, openDeskIfAny } from '../../../../src/cli/desk/open-desk.node.ts'
import { cliActor } from '../../../../src/cli/shell/cli-actor.node.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'
import { openDesk as openTestDesk } from '../desk.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-door-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const newFolder = () => join(root, `data-${++folders}`)
const openAt = (folder: string) => openDesk({ environment: { DATA_DIR: folder } })

/** More than a gateway lets one admin change in a minute. */
const MANY = 601

describe('a desk without a URL', () => {
  it('limits nobody, for nobody but the owner is there', async () => {
    await using desk = await openAt(newFolder())
    for (let count = 0; count < MANY; count++) {
      const asked = { method: 'DELETE', path: '/keys/00000000' } as const
      expect((await desk.client.ask(asked, ['not_found'])).ok).toBe(false)
    }
  })

  it('names whoever is at the machine in the audit log', async () => {
    await using desk = await openAt(newFolder())
    await desk.client.ask({ method: 'POST', path: '/keys', body: {} })
    const { value } = await desk.client.ask({ path: '/audit' })
    expect(value).toMatchObject({ entries: [{ action: 'key.create', actor: cliActor() }] })
  })

  it('leaves nothing but the database where no policy is asked for', async () => {
    const folder = newFolder()
    await chambersIn({ DATA_DIR: folder })('keys', 'list')
    const names = readdirSync(folder).filter((name) => !name.startsWith('chambers.db'))
    expect(names).toEqual([])
  })

  it('tells of a database that is not whole in the words of the database', async () => {
    const folder = newFolder()
    const chambers = chambersIn({ DATA_DIR: folder })
    await chambers('keys', 'list')
    const database = new DatabaseSync(join(folder, 'chambers.db'))
    database.exec('DROP TABLE gateway_keys')
    database.close()
    expect(await chambers('keys', 'list')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no such table: gateway_keys'),
    })
  })

  it('is none where no database is there yet, and makes none', async () => {
    const folder = newFolder()
    expect(await openDeskIfAny({ environment: { DATA_DIR: folder } })).toBeNull()
    expect(existsSync(folder)).toBe(false)
  })
})

describe('the desk, through a gateway and beside it', () => {
  it('tells the same of one database', async () => {
    await using scene = await openTestDesk('gateway')
    const { chambers, dataDir } = scene
    const one = String(await scene.publish('one'))
    await chambers('policy', 'activate', 'agentic', one, '--percent', '5')
    await chambers('keys', 'create', '--app', 'shop')
    await scene.gateway?.post('chat/completions', {
      model: 'stand-in',
      messages: [{ role: 'user', content: 'How do bees find their way home?' }],
    })
    // Who counts as a signer is told by the environment of each.
    const beside = chambersIn({ DATA_DIR: dataDir, ...scene.signers })
    for (const command of [
      ['keys', 'list'],
      ['policy', 'list'],
      ['policy', 'list', 'agentic'],
      ['policy', 'diff', 'active', 'candidate', '--policy', 'agentic'],
      ['policy', 'diff', 'built-in', one, '--policy', 'agentic'],
      ['audit', 'list'],
      ['audit', 'verify'],
      ['harvest', 'stats'],
      ['policy', 'list', 'No Id'],
      ['policy', 'halt', '../keys'],
      ['policy', 'activate', 'nothing', '7'],
      ['keys', 'revoke', 'no id'],
    ]) {
      for (const args of [command, [...command, '--json']]) {
        expect([args, await beside(...args)]).toEqual([args, await chambers(...args)])
      }
    }
  })
})
