/** Sealed transcripts on their way to a data team: out of the database, and through the gateway that cannot read them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminCaller, createAdminCaller } from '../../fakes/admin-caller.ts'
import { type GatewayProcess, startGatewayProcess } from '../../fakes/gateway-process.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { createKeyPair } from '../../fakes/transcript-keys.ts'
import { chambersIn } from '../../unit/cli/chambers.ts'

const QUESTIONS = [
  'Name three rivers of the north, and where they end.',
  'What is a sonnet, and who wrote the first of them?',
  'How do bees find their way home in the evening?',
  'Wie lange muss ich ein weiches Ei kochen, und warum?',
  'Why does bread rise, and what is it that makes it sour?',
  'Write to jane@roe.example that the meeting is at noon.',
]

const first = await createKeyPair()
const second = await createKeyPair('P-256')
const other = await createKeyPair()

describe.each([
  ['SQLite', false],
  ['PostgreSQL', true],
] as const)('sealed transcripts in %s', (name, isServer) => {
  const isThere = !isServer || findPostgres() !== null
  const root = mkdtempSync(join(tmpdir(), 'chambers-sealed-export-'))
  const dataDir = join(root, 'data')
  const keyFile = (file: string, key: object) => {
    writeFileSync(join(root, file), JSON.stringify(key))
    return join(root, file)
  }
  const both = keyFile('both.json', { keys: [first.privateKey, second.privateKey] })
  const old = keyFile('old.json', first.privateKey)
  const wrong = keyFile('wrong.json', other.privateKey)

  let server: PostgresServer | null = null
  let gateway: GatewayProcess
  let admin: AdminCaller
  let environment: Readonly<Record<string, string>> = {}
  const start = (publicKey: object) =>
    startGatewayProcess(dataDir, {
      ...environment,
      TRANSCRIPT_KEY: JSON.stringify(publicKey),
      UPSTREAM_TRAINING_RIGHTS: 'open',
    })

  const ids: string[] = []
  const ask = async (key: string, content: string, user: string) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'stand-in', user, messages: [{ role: 'user', content }] }),
    })
    expect(response.status).toBe(200)
    await response.text()
    ids.push(response.headers.get('x-chambers-transcript') ?? '')
  }

  beforeAll(async () => {
    if (!isThere) return
    server = isServer ? await startPostgres() : null
    environment = server ? { DATABASE_URL: server.url } : {}
    gateway = await start(first.publicKey)
    admin = createAdminCaller({ url: gateway.url, token: gateway.secret('admin-token') })
    const keyFor = async (consent: string) =>
      (await admin.ask('POST', '/keys', { body: { consent } })).body.key as string
    const [harvest, audit] = [await keyFor('harvest'), await keyFor('audit')]
    for (const content of QUESTIONS.slice(0, 3)) await ask(harvest, content, 'person-1')
    await ask(audit, 'This is for audits alone.', 'person-1')
    await gateway.kill()
    gateway = await start(second.publicKey)
    admin = createAdminCaller({ url: gateway.url, token: gateway.secret('admin-token') })
    for (const content of QUESTIONS.slice(3)) await ask(harvest, content, 'person-2')
    const label = (id: string | undefined, body: object) =>
      admin.ask('POST', `/transcripts/${id}/labels`, { body })
    await label(ids[0], { kind: 'edited_answer', answer: 'Ob, Yenisei and Lena.' })
    await label(ids[1], { kind: 'wrong_decision', decision: 'safe_complete', clauses: ['GEN1'] })
  })

  afterAll(async () => {
    await gateway?.kill()
    await server?.[Symbol.asyncDispose]()
    rmSync(root, { recursive: true, force: true })
  })

  let places = 0
  const place = () => join(root, `out-${++places}`)
  const chambers = (...args: readonly string[]) =>
    chambersIn({ DATA_DIR: dataDir, ...environment })('harvest', ...args)
  const filesOf = (folder: string) =>
    Object.fromEntries(
      readdirSync(folder).map((file) => [
        file,
        readFileSync(join(folder, file)).toString('base64'),
      ]),
    )

  it
    .runIf(isThere)
    .each([
      [['--format', 'sft']],
      [['--format', 'sft-cot', '--split', '50/25/25', '--parquet', '--codec', 'zstd']],
      [['--format', 'kto', '--gzip', '--max-per-cell', '2', '--lang', 'en']],
      [['--format', 'transcript', '--no-redaction']],
      [['--format', 'sft', '--decontaminate']],
    ])('give the same files through the gateway: %s', async (given) => {
    const evaluation = join(root, 'evaluation.txt')
    writeFileSync(evaluation, `${QUESTIONS[2]}\n`)
    const args = given.includes('--decontaminate') ? [...given, evaluation] : given
    const [direct, remote] = [place(), place()]
    const here = await chambers('export', '--key', both, '--out', direct, ...args)
    const url = ['--url', gateway.url]
    const there = await chambers('export', ...url, '--key', both, '--out', remote, ...args)
    expect([here.code, there.code]).toEqual([0, 0])
    expect(filesOf(remote)).toEqual(filesOf(direct))
    const manifest = JSON.parse(readFileSync(join(remote, 'manifest.json'), 'utf8'))
    expect([manifest.transcripts, manifest.dropped.consent_missing]).toEqual([7, 1])
    expect(readdirSync(remote).filter((file) => file.startsWith('.'))).toEqual([])
  })

  it.runIf(isThere).each([
    ['the database', [] as readonly string[]],
    ['the gateway', ['--url']],
  ])('say which key is missing, from %s', async (_, way) => {
    const told = async (...args: readonly string[]) => {
      const out = place()
      const connection = way.length > 0 ? ['--url', gateway.url] : []
      const ran = await chambers('export', ...connection, '--out', out, ...args)
      expect([ran.code, readdirSync(out)]).toEqual([1, []])
      return ran.stderr
    }
    expect(await told()).toMatch(/^Give the private key with --key FILE/m)
    expect(await told('--key', wrong)).toMatch(/^Give the right private key with --key FILE/m)
    expect(await told('--key', old)).toMatch(/^Give the right private key with --key FILE/m)
  })

  it.runIf(isThere)(
    'give golden cases either way, and what was made of a person is told when they are deleted',
    async () => {
      const [direct, remote] = [place(), place()]
      const here = await chambers('golden', '--key', both, '--out', direct)
      const url = ['--url', gateway.url]
      const there = await chambers('golden', ...url, '--key', both, '--out', remote)
      expect([here.code, there.code]).toEqual([0, 0])
      expect(readFileSync(remote, 'utf8')).toBe(readFileSync(direct, 'utf8'))
      expect(readFileSync(remote, 'utf8')).toContain(QUESTIONS[1])
      const unopened = await chambers('golden', ...url, '--out', place())
      expect(unopened.stderr).toMatch(/^Give the private key with --key FILE/)
      const streamed = await fetch(`${gateway.url}/admin/v1/export?format=transcript`, {
        headers: { authorization: `Bearer ${gateway.secret('admin-token')}` },
      })
      await streamed.text()
      const query = 'subject=person-1&tenant=default'
      const { body } = await admin.ask('DELETE', `/transcripts?${query}`)
      const exports: readonly { id: string; format: string; actor: string }[] = body.exports
      const made = exports.map(({ format, actor }) => `${format} by ${actor.split(':')[0]}`)
      for (const one of ['sft by cli', 'transcript by admin', 'golden by cli', 'golden by admin']) {
        expect(made).toContain(one)
      }
      expect(exports.map(({ id }) => id)).toContain(streamed.headers.get('x-chambers-export'))
      const left = place()
      await chambers('export', ...url, '--key', both, '--out', left)
      const manifest = JSON.parse(readFileSync(join(left, 'manifest.json'), 'utf8'))
      expect([name, manifest.transcripts]).toEqual([name, 3])
    },
  )
})
