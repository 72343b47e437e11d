/** People with tokens of their own, through a gateway and over its database: what they may do, and what the audit log says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway } from '../../../../src/node.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-people-'))
const here = { DATA_DIR: dataDir }
let gateway: Awaited<ReturnType<typeof startGateway>>
let there: { DATA_DIR: string; CHAMBERS_URL: string }

beforeAll(async () => {
  gateway = await startGateway({ environment: { ...here, PORT: '0' }, print() {} })
  there = { ...here, CHAMBERS_URL: gateway.url }
})
afterAll(async () => {
  await gateway.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const ways = [
  ['over the database', () => here],
  ['through the gateway', () => there],
] as const

describe.each(ways)('people %s', (way, environment) => {
  const chambers = (...args: string[]) => chambersIn(environment())(...args)
  const as = (token: string, ...args: string[]) =>
    chambersIn({ ...there, CHAMBERS_TOKEN: token })(...args)
  const name = `ann-${way.split(' ')[0]}`

  it('do what they may, by their name, until they are revoked', async () => {
    const made = await chambers('admins', 'create', name, '--scope', 'key:manage')
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('only now')])
    const token = made.stdout.trim()
    expect(decodeJwt(token)).toMatchObject({ sub: name })

    const key = await as(token, 'keys', 'create', '--app', name)
    expect([key.code, key.stderr]).toEqual([0, expect.stringContaining('only now')])
    const denied = await as(token, 'audit', 'list')
    expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining('audit:read')])

    const log = await chambers('audit', 'list')
    expect(log.stdout).toContain(`admin:${name}`)
    expect(log.stdout).not.toContain(token)
    const listed = await chambers('admins', 'list')
    expect(listed.stdout).toMatch(new RegExp(`${name} +key:manage +\\* +\\* +\\S+ +until`))

    expect((await chambers('admins', 'revoke', name)).code).toBe(0)
    const after = await as(token, 'keys', 'list')
    expect([after.code, after.stderr]).toEqual([
      1,
      expect.stringContaining(`The token of ${name} was revoked at`),
    ])
    expect((await chambers('admins', 'list')).stdout).toMatch(new RegExp(`${name} .*revoked`))
    expect(await chambers('admins', 'revoke', name)).toMatchObject({
      code: 1,
      stderr: `Leave it: no token of ${name} is left that was not revoked (admins list)\n`,
    })
  })

  it.each([
    [['Ann', '--scope', 'policy:read'], 1, '/name: Send it in the form of a name'],
    [['local-admin', '--scope', 'policy:read'], 1, '/name: Choose another name'],
    [['bob'], 2, 'Say what bob may do, with --scope: policy:read'],
    [['bob', '--scope', 'all'], 2, 'Set --scope to one of policy:read'],
    [['bob', '--scope', 'policy:read', '--expires', '400d'], 1, '/expires: Send a moment to come'],
    [['bob', '--scope', 'policy:read', '--expires', 'soon'], 2, 'Set --expires to a date'],
    [['bob', '--scope', 'policy:read', '--expires', '2020-01-31'], 2, 'a day that is not over'],
    [['bob', '--scope', 'policy:read', 'policy:write'], 2, '--scope policy:read --scope policy:'],
    [[], 2, 'Name one person'],
  ])('are not made of %j', async (args, exit, message) => {
    const { code, stdout, stderr } = await chambers('admins', 'create', ...args)
    expect([code, stdout]).toEqual([exit, ''])
    expect(stderr).toContain(message)
  })

  it('have one name each', async () => {
    const args = ['admins', 'create', `${name}-2`, '--scope', 'policy:read'] as const
    expect((await chambers(...args)).code).toBe(0)
    const { code, stderr } = await chambers(...args)
    expect([code, stderr]).toEqual([1, expect.stringContaining('somebody has it')])
  })

  it('make nobody who holds more than they do', async () => {
    const scopes = ['--scope', 'admin:manage', '--scope', 'policy:read']
    const made = await chambers('admins', 'create', `${name}-3`, ...scopes, '--tenant', 'acme')
    const token = made.stdout.trim()
    const create = (...args: string[]) => as(token, 'admins', 'create', `${name}-4`, ...args)
    const more = await create('--scope', 'policy:write', '--tenant', 'acme')
    expect([more.code, more.stderr]).toEqual([1, expect.stringContaining('Leave out policy:write')])
    const wider = await create('--scope', 'policy:read')
    expect([wider.code, wider.stderr]).toEqual([1, expect.stringContaining('does not name this')])
  })

  it('make nobody who lasts longer than they do', async () => {
    const scopes = ['--scope', 'admin:manage', '--scope', 'policy:read']
    const made = await chambers('admins', 'create', `${name}-5`, ...scopes, '--expires', '2d')
    const create = (...args: string[]) =>
      as(made.stdout.trim(), 'admins', 'create', `${name}-6`, '--scope', 'policy:read', ...args)
    const longer = await create('--expires', '3d')
    expect([longer.code, longer.stderr]).toEqual([1, expect.stringContaining('let it end by then')])
    const unasked = JSON.parse((await create('--json')).stdout)
    const [own] = (await chambers('admins', 'list', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((one) => one.name === `${name}-5`)
    expect(unasked.expires).toBe(own.expires)
  })

  it('are let in by every instance over the database, whatever key has signed for them', async () => {
    const made = await chambers('admins', 'create', `${name}-7`, '--scope', 'policy:read')
    rmSync(join(dataDir, 'people-key.json'))
    expect((await as(made.stdout.trim(), 'policy', 'list')).code).toBe(0)
  })
})

describe('the key of the local admin', () => {
  it('is not that of people: they stay when it is revoked', async () => {
    const made = await chambersIn(here)('admins', 'create', 'cleo', '--scope', 'policy:read')
    await chambersIn(here)('admins', 'revoke', 'local-admin')
    const token = made.stdout.trim()
    const { code } = await chambersIn({ ...there, CHAMBERS_TOKEN: token })('policy', 'list')
    expect(code).toBe(0)
  })
})

describe('a gateway that takes the tokens of another issuer', () => {
  it('makes none', async () => {
    const environment = {
      ...here,
      ADMIN_JWKS:
        '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"CmkYlAghwj2XUrEptUnD0uIATp0ZIX3FbAONSyRw8_g"}]}',
      ADMIN_ISSUER: 'https://issuer.example',
      ADMIN_AUDIENCE: 'chambers',
    }
    const chambers = chambersIn(environment)
    const { code, stderr } = await chambers('admins', 'create', 'dan', '--scope', 'policy:read')
    expect([code, stderr]).toEqual([1, expect.stringContaining('where ADMIN_ISSUER stands')])
  })
})
