import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/main.node.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-cli-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

async function chambers(...args: string[]) {
  let out = ''
  let err = ''
  const code = await run(args, {
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
    environment: { DATA_DIR: dataDir },
  })
  return { code, out, err }
}

describe('the command line', () => {
  it('helps when asked, and when told nothing', async () => {
    expect(await chambers('--help')).toMatchObject({ code: 0, err: '' })
    expect((await chambers()).code).toBe(2)
    expect((await chambers('keys', 'list', '--help')).out).toMatch(/^Usage: chambers keys list/)
  })

  it.each([
    [['nope'], 'Unknown command: nope'],
    [['keys', 'nope'], 'Unknown command: keys nope'],
    [['constructor'], 'Unknown command: constructor'],
    [['keys', 'create', '--colour', 'red'], "Unknown option '--colour'"],
    [['keys', 'create', '--consent', 'all'], 'Set --consent to none, audit, harvest: all'],
    [['keys', 'create', '--rpm', '0'], 'Set --rpm to requests a minute, 1 to 1000000: 0'],
    [['keys', 'revoke'], 'Name one key to revoke: chambers keys revoke ID'],
    [['keys', 'list', '--url', 'http://127.0.0.1:1'], 'Give an admin token with --token'],
    [['serve', '--port', '1'], 'Set variables of the environment instead of: --port 1'],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, out, err } = await chambers(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  it('makes, lists and revokes a key', async () => {
    const create = ['keys', 'create', '--app', 'shop', '--rpm', '600', '--json']
    const made = JSON.parse((await chambers(...create)).out)
    expect(made).toMatchObject({ app: 'shop', consent: 'audit', policies: [] })
    const list = await chambers('keys', 'list')
    expect(list.out).toMatch(new RegExp(`${made.id} .* 600 `))
    expect(list.out).not.toContain(made.key)
    expect((await chambers('keys', 'revoke', made.id)).code).toBe(0)
    expect((await chambers('keys', 'list')).out).toContain('revoked')
    expect(await chambers('keys', 'revoke', '00000000')).toMatchObject({
      code: 1,
      err: 'No such key: 00000000\n',
    })
  })
})
