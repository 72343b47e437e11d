import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { addSignature, signRevision } from '../../../../src/revisions/signing/sign-revision.ts'
import { createRevisionVerifier } from '../../../../src/revisions/signing/verify-revision.ts'
import { payloadOf } from '../../../fakes/revisions.ts'
import { gardenBundle } from '../../policy/garden.ts'
import { chambersIn } from '../chambers.ts'

const scratch = mkdtempSync(join(tmpdir(), 'chambers-keypair-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const chambers = chambersIn({})
const keypair = (...args: readonly string[]) => chambers('keys', 'keypair', ...args)
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
let count = 0
const newFile = () => join(scratch, `file-${++count}.json`)

describe('chambers keys keypair', () => {
  it.each(['EdDSA', 'ES256'])(
    'makes a pair with which a revision is signed and proved: %s',
    async (alg) => {
      const out = newFile()
      const { code, stdout } = await keypair('--kid', 'ann', '--alg', alg, '--out', out)
      const publicKey = JSON.parse(stdout)
      expect([code, publicKey]).toEqual([
        0,
        expect.objectContaining({ kid: 'ann', alg, use: 'sig' }),
      ])
      const payload = await payloadOf({ bundle: await gardenBundle(), number: 1 })
      const envelope = await signRevision({ payload, key: read(out) })
      const verify = createRevisionVerifier({ keys: { set: { keys: [publicKey] } } })
      expect(await verify(envelope)).toMatchObject({
        ok: true,
        value: { signers: [{ kid: 'ann' }] },
      })
    },
  )

  it('keeps the private key from others, and prints no part of it', async () => {
    const out = newFile()
    const { stdout, stderr } = await keypair('--kid', 'ann', '--out', out)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    const secret: string = read(out).d
    expect(stdout + stderr).not.toContain(secret)
    expect(JSON.parse(stdout)).not.toHaveProperty('d')
  })

  it('never writes over a file', async () => {
    const out = newFile()
    writeFileSync(out, 'mine')
    expect(await keypair('--out', out)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Name another file with --out: ${out} is there already\n`,
    })
    expect(readFileSync(out, 'utf8')).toBe('mine')
  })

  it('puts public keys into a key set, one after the other', async () => {
    const jwks = newFile()
    const [ann, ben] = [newFile(), newFile()]
    await keypair('--kid', 'ann', '--out', ann, '--jwks', jwks)
    await keypair('--kid', 'ben', '--out', ben, '--jwks', jwks)
    const set = read(jwks)
    expect(set.keys).toMatchObject([{ kid: 'ann' }, { kid: 'ben' }])
    expect(JSON.stringify(set)).not.toContain('"d"')
    const payload = await payloadOf({ bundle: await gardenBundle(), number: 1 })
    const both = await addSignature(await signRevision({ payload, key: read(ann) }), read(ben))
    const verified = await createRevisionVerifier({ keys: { set } })(both)
    expect(verified.ok && verified.value.signers.map(({ kid }) => kid)).toEqual(['ann', 'ben'])
  })

  it('refuses a name that the key set has, and makes no key', async () => {
    const [jwks, out] = [newFile(), newFile()]
    await keypair('--kid', 'ann', '--out', newFile(), '--jwks', jwks)
    const { code, stderr } = await keypair('--kid', 'ann', '--out', out, '--jwks', jwks)
    expect([code, stderr]).toEqual([
      1,
      `Choose another --kid, or take the old key out: ${jwks} holds ann already\n`,
    ])
    expect(() => statSync(out)).toThrow('ENOENT')
  })

  it('refuses a file that is no key set, and leaves it as it is', async () => {
    const jwks = newFile()
    writeFileSync(jwks, '["mine"]')
    const { code, stderr } = await keypair('--out', newFile(), '--jwks', jwks)
    expect([code, stderr]).toEqual([
      2,
      `Name another file with --jwks: it is there already, and no command like this has written it: ${jwks}\n`,
    ])
    expect(readFileSync(jwks, 'utf8')).toBe('["mine"]')
  })

  it('names a key after itself where nobody does', async () => {
    const { stdout } = await keypair('--out', newFile())
    expect(JSON.parse(stdout).kid).toMatch(/^[\w-]{43}$/)
  })

  it.each([
    [[], 'Name the file for the private key: chambers keys keypair --kid NAME --out FILE\n'],
    [['--out', 'x', '--kid', ''], 'Set --kid to a name of 1 to 200 visible characters\n'],
    [['--out', 'x', '--alg', 'RS256'], 'Set --alg to EdDSA or ES256: RS256\n'],
  ])('is used wrongly with %j', async (args, stderr) => {
    expect(await keypair(...args)).toEqual({ code: 2, stdout: '', stderr })
  })
})
