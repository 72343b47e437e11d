import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openTranscripts } from '../../../src/cli/policy/open-transcripts.node.ts'
import { readTranscriptKeys } from '../../../src/cli/shell/transcript-key-file.node.ts'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { type Config, readConfig } from '../../../src/start/config.ts'
import { openDatabase } from '../../../src/start/node/open-database.node.ts'
import { encryptAtOnce } from '../../../src/transcript/seal/encrypt.node.ts'
import { createSeal } from '../../../src/transcript/seal/seal.ts'
import { fillDatabase, idOf, loggedTranscript } from '../../fakes/logged-transcripts.ts'
import { createBundle, protocol } from '../deliberation/fixtures.ts'
import { chambersIn } from './chambers.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-transcript-keys-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let count = 0
const newFile = () => join(root, `file-${++count}.json`)
const keypair = (...args: readonly string[]) =>
  chambersIn({})('keys', 'keypair', '--for', 'transcripts', ...args)

function configOf(environment: Readonly<Record<string, string>>): Config {
  const read = readConfig({ DATA_DIR: root, ...environment }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  return read.value.config
}

/** What a shell, or a file of variables, makes of the line that was printed. */
const keyIn = (line: string) => line.trim().replace(/^TRANSCRIPT_KEY='(.*)'$/, '$1')

/** A data folder with one transcript, sealed for a new key; the file of the private one. */
async function sealedStore(curve: string) {
  const out = newFile()
  const { stdout } = await keypair('--curve', curve, '--out', out)
  const config = configOf({ TRANSCRIPT_KEY: keyIn(stdout), DATA_DIR: join(root, `data-${count}`) })
  const seal = await createSeal({
    key: config.transcriptKey ?? expect.fail('no key'),
    clock: systemClock,
    random: systemRandom,
    encrypt: encryptAtOnce,
  })
  const database = await openDatabase(config)
  const transcript = loggedTranscript({ bundle: createBundle(), protocol, number: 1, prompt: 'Hi' })
  await fillDatabase(database, [transcript], seal)
  await database.close()
  return { out, config }
}

describe('chambers keys keypair --for transcripts', () => {
  it.each(['X25519', 'P-256'])(
    'makes a pair that seals and reads transcripts: %s',
    async (curve) => {
      const { out, config } = await sealedStore(curve)
      const open = await readTranscriptKeys(out)
      await using source = await openTranscripts(
        { environment: { DATA_DIR: config.dataDir } },
        open,
      )
      expect((await source.read(idOf(1)))?.request).toMatchObject({
        messages: [{ role: 'user', content: 'Hi' }],
      })
    },
  )

  it('keeps the private key from others, and prints no part of it', async () => {
    const out = newFile()
    const { code, stdout, stderr } = await keypair('--alg', 'ECDH-ES', '--out', out)
    expect([code, statSync(out).mode & 0o777]).toEqual([0, 0o600])
    const { d: secret, ...publicKey } = JSON.parse(readFileSync(out, 'utf8'))
    expect(stdout + stderr).not.toContain(secret)
    expect(JSON.parse(keyIn(stdout))).toEqual(publicKey)
    expect(stderr).toContain('keep it safe')
  })

  it('gives the public key alone as JSON', async () => {
    const { stdout, stderr } = await keypair('--out', newFile(), '--json')
    expect(JSON.parse(stdout)).toMatchObject({ kty: 'OKP', crv: 'X25519' })
    expect(stderr).toBe('')
  })

  it('never writes over a file', async () => {
    const out = newFile()
    writeFileSync(out, 'mine')
    expect(await keypair('--out', out)).toMatchObject({
      code: 1,
      stderr: `Name another file with --out: ${out} is there already\n`,
    })
    expect(readFileSync(out, 'utf8')).toBe('mine')
  })

  it.each([
    [['--for', 'nobody'], 'Set --for to revisions or transcripts: nobody\n'],
    [['--alg', 'RSA-OAEP'], 'Set --alg to ECDH-ES: RSA-OAEP\n'],
    [['--curve', 'P-521'], 'Set --curve to X25519 or P-256: P-521\n'],
    [['--kid', 'ann'], 'Leave out --kid and --jwks: a gateway seals for one key\n'],
    [['--for', 'revisions', '--curve', 'P-256'], 'Leave out --curve, or add --for transcripts\n'],
  ])('refuses %j', async (args, stderr) => {
    expect(await keypair(...args, '--out', newFile())).toEqual({ code: 2, stdout: '', stderr })
  })
})

describe('sealed transcripts from the command line', () => {
  it('are not read without their key, and the message says which option gives it', async () => {
    const { config } = await sealedStore('X25519')
    await using keyless = await openTranscripts({ environment: { DATA_DIR: config.dataDir } })
    await expect(keyless.read(idOf(1))).rejects.toThrow(
      'Give the private key with --key FILE: these transcripts are sealed for the data team',
    )
  })

  it('are not read with the key of somebody else', async () => {
    const { config } = await sealedStore('P-256')
    const out = newFile()
    await keypair('--out', out)
    const open = await readTranscriptKeys(out)
    await using source = await openTranscripts({ environment: { DATA_DIR: config.dataDir } }, open)
    await expect(source.read(idOf(1))).rejects.toThrow('Give the right private key with --key FILE')
  })

  it('are read with a set of keys, changed over time', async () => {
    const { out, config } = await sealedStore('P-256')
    const other = newFile()
    await keypair('--out', other)
    const keys = [other, out].map((file) => JSON.parse(readFileSync(file, 'utf8')))
    const set = newFile()
    writeFileSync(set, JSON.stringify({ keys }))
    await using source = await openTranscripts(
      { environment: { DATA_DIR: config.dataDir } },
      await readTranscriptKeys(set),
    )
    expect((await source.read(idOf(1)))?.id).toBe(idOf(1))
  })

  it.each([
    [
      'a public key',
      '{"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
    ],
    ['an empty set', '{"keys":[]}'],
    ['no JSON', 'hunter2'],
  ])('a file with %s is refused, and not shown', async (_, text) => {
    const file = newFile()
    writeFileSync(file, text)
    await expect(readTranscriptKeys(file)).rejects.toThrow(
      `Name with --key a private key as \`chambers keys keypair --for transcripts\` makes it, or a set of them: ${file}`,
    )
  })

  it('a file that is not there is named', async () => {
    await expect(readTranscriptKeys('/nowhere')).rejects.toThrow(
      'Name a file that can be read with --key: /nowhere',
    )
  })
})
