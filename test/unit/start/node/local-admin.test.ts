import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, importJWK, SignJWT } from 'jose'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import {
  localToken,
  prepareLocalAdmin,
  revokeLocalAdmin,
} from '../../../../src/start/node/local-admin.node.ts'
import { chambersIn } from '../../cli/chambers.ts'

const scratch = mkdtempSync(join(tmpdir(), 'chambers-admin-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const HOUR_MS = 3_600_000

let dataDir: string
let now: number
let count = 0
const clock = { now: () => now, monotonic: () => now }
const prepare = () => prepareLocalAdmin({ dataDir, clock })
const file = (name: string) => join(dataDir, name)
const token = () => readFileSync(file('admin-token'), 'utf8').trim()

beforeEach(() => {
  dataDir = join(scratch, `data-${++count}`)
  now = Date.parse('2027-01-01T00:00:00Z')
})

describe('the token of a local admin', () => {
  it('is good for everything, for a day and no longer', async () => {
    const { verify, tokenFile } = await prepare()
    expect(tokenFile).toBe(file('admin-token'))
    expect(await verify(token())).toMatchObject({ sub: 'local-admin', tenants: ['*'] })
    const { iat = 0, exp = 0 } = decodeJwt(token())
    expect(exp - iat).toBe(24 * 3600)
    now += 24 * HOUR_MS + 11_000
    expect(await verify(token())).toBeNull()
  })

  it('is written anew at a start, and while the gateway runs, once half of its life is over', async () => {
    const { renew } = await prepare()
    const first = token()
    now += 11 * HOUR_MS
    await renew()
    await prepare()
    expect(token()).toBe(first)
    now += 2 * HOUR_MS
    await renew()
    const second = token()
    expect(second).not.toBe(first)
    now += 13 * HOUR_MS
    const { verify } = await prepare()
    expect(token()).not.toBe(second)
    expect(await verify(token())).not.toBeNull()
  })

  it('is written anew where an older program made it for less', async () => {
    const { renew, verify } = await prepare()
    const key = JSON.parse(readFileSync(file('admin-key.json'), 'utf8'))
    const older = await new SignJWT({ scope: 'policy:read', tenants: ['*'] })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject('local-admin')
      .setIssuer('chambers-local')
      .setAudience('chambers-admin')
      .setIssuedAt(now / 1000)
      .setExpirationTime(now / 1000 + 24 * 3600)
      .sign(await importJWK(key, 'EdDSA'))
    writeFileSync(file('admin-token'), older, { mode: 0o600 })
    await renew()
    expect((await verify(token()))?.scope).toContain('admin:manage')
  })

  it('is made anew for whoever asks by it, where it has ended', async () => {
    const { verify } = await prepare()
    now += 48 * HOUR_MS
    const fresh = await localToken({ dataDir, clock })
    expect(await verify(fresh ?? '')).toMatchObject({ sub: 'local-admin' })
    expect(fresh).toBe(token())
  })

  it('is made of no key that a gateway has not made', async () => {
    expect(await localToken({ dataDir, clock })).toBeNull()
  })

  it('is told as it is where its key is elsewhere', async () => {
    await prepare()
    const before = token()
    rmSync(file('admin-key.json'))
    now += 48 * HOUR_MS
    expect(await localToken({ dataDir, clock })).toBe(before)
  })

  it.each(['admin-key.json', 'admin-token'])('is for its owner alone: %s', async (name) => {
    await prepare()
    expect(statSync(file(name)).mode & 0o777).toBe(0o600)
  })

  it('goes into no file that others have made for it', async () => {
    await prepare()
    const planted = join(scratch, `planted-${count}`)
    writeFileSync(planted, '')
    rmSync(file('admin-token'))
    symlinkSync(planted, file('admin-token'))
    await prepare()
    expect(readFileSync(planted, 'utf8')).toBe('')
    expect(statSync(file('admin-token')).mode & 0o777).toBe(0o600)
  })
})

describe('a revocation', () => {
  it('ends every token of before at a gateway that runs, and leaves one that is good', async () => {
    const { verify } = await prepare()
    const before = token()
    expect(await verify(before)).not.toBeNull()
    await revokeLocalAdmin({ dataDir, clock })
    expect(await verify(before)).toBeNull()
    expect(await verify(token())).not.toBeNull()
  })

  it('is made by removing the key, too', async () => {
    const { verify } = await prepare()
    rmSync(file('admin-key.json'))
    expect(await verify(token())).toBeNull()
  })

  it('is a command', async () => {
    const { verify } = await prepareLocalAdmin({ dataDir, clock: { ...clock, now: Date.now } })
    const before = token()
    const chambers = chambersIn({ DATA_DIR: dataDir })
    expect(await chambers('admins', 'revoke', 'local-admin')).toEqual({
      code: 0,
      stdout: `Revoked every token of local-admin; a new one is in ${file('admin-token')}\n`,
      stderr: '',
    })
    expect([await verify(before), await verify(token())]).toEqual([
      null,
      expect.objectContaining({ sub: 'local-admin' }),
    ])
    const { stdout: log } = await chambers('audit', 'list', '--json')
    expect(JSON.parse(log)).toMatchObject({
      actor: expect.stringMatching(/^cli:/),
      action: 'admin.revoke',
      details: { id: 'local-admin' },
    })
    expect(await chambers('admins', 'revoke', 'ada')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'No such admin here: ada (admins list). Tokens of another issuer are revoked there\n',
    })
  })

  it.each(['--url', 'CHAMBERS_URL'])(
    'of a gateway elsewhere is not taken for one here: %s',
    async (way) => {
      const { verify } = await prepare()
      const url = 'https://gateway.example'
      const [told, options] = way === '--url' ? [{}, ['--url', url]] : [{ CHAMBERS_URL: url }, []]
      const chambers = chambersIn({ DATA_DIR: dataDir, CHAMBERS_TOKEN: 'x', ...told })
      expect(await chambers('admins', 'revoke', 'local-admin', ...options)).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'Revoke local-admin on the machine of https://gateway.example, over the DATA_DIR of its gateway: this one has another key\n',
      })
      expect(await verify(token())).not.toBeNull()
    },
  )
})

describe.skipIf(process.platform === 'win32')('a key that somebody else may have', () => {
  const refused = (why: string) =>
    `Remove ${file('admin-key.json')}, or make it yours alone (chmod 600): ${why}, so that somebody else may have the key in it`

  it.each([0o644, 0o660, 0o602])('stops the start, and lets nobody in: mode %o', async (mode) => {
    const { verify } = await prepare()
    const good = token()
    chmodSync(file('admin-key.json'), mode)
    const message = refused('other accounts may read or change it')
    await expect(prepare()).rejects.toThrow(message)
    await expect(localToken({ dataDir, clock })).rejects.toThrow(message)
    expect(await verify(good)).toBeNull()
  })

  it.skipIf(process.getuid?.() !== 0)('is one of another account', async () => {
    await prepare()
    chownSync(file('admin-key.json'), 65_534, 65_534)
    await expect(prepare()).rejects.toThrow(refused('it belongs to another account'))
  })

  it('is one behind a link', async () => {
    await prepare()
    const elsewhere = join(scratch, `key-${count}`)
    writeFileSync(elsewhere, readFileSync(file('admin-key.json')), { mode: 0o600 })
    rmSync(file('admin-key.json'))
    symlinkSync(elsewhere, file('admin-key.json'))
    await expect(prepare()).rejects.toThrow(refused('it is a link to somewhere else'))
  })

  it.each([
    'half',
    '[]',
    '{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}',
    '{"kty":"oct","k":"AA"}',
  ])('is one that cannot be read as a key: %s', async (text) => {
    await prepare()
    writeFileSync(file('admin-key.json'), text)
    await expect(prepare()).rejects.toThrow(
      `Remove ${file('admin-key.json')}: it holds no key, and a new one is made`,
    )
  })
})
