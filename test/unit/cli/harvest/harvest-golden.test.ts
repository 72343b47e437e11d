import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createAuditLog } from '../../../../src/audit/audit-log.ts'
import { openTranscripts } from '../../../../src/cli/policy/open-transcripts.node.ts'
import { systemRandom } from '../../../../src/lib/clock.ts'
import { goldenCaseSchema } from '../../../../src/policy/write/authored.ts'
import { type Config, readConfig } from '../../../../src/start/config.ts'
import { openDatabase } from '../../../../src/start/node/open-database.node.ts'
import { encryptAtOnce } from '../../../../src/transcript/seal/encrypt.node.ts'
import { createSeal } from '../../../../src/transcript/seal/seal.ts'
import { createExportStore } from '../../../../src/transcript/store/exports.ts'
import { createLabelStore, type NewLabel } from '../../../../src/transcript/store/labels.ts'
import { zlibCompression } from '../../../../src/transcript/zlib-compression.node.ts'
import { fillDatabase, idOf, loggedTranscript } from '../../../fakes/logged-transcripts.ts'
import { createBundle, protocol } from '../../deliberation/fixtures.ts'
import { chambersIn } from '../chambers.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-golden-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const SUBJECT = 's'.repeat(64)
const overturned = {
  kind: 'wrong_decision',
  decision: 'refuse',
  clauses: ['SHM3', 'SHM4'],
} as const

type Said = Partial<NewLabel> & { readonly number: number; readonly asked?: string }

let folders = 0

/** A data folder with transcripts 1 to 4 (3: without consent to a harvest; 4: of another policy), labelled. */
async function labelled(said: readonly Said[], environment: Readonly<Record<string, string>> = {}) {
  const dataDir = join(root, `data-${++folders}`)
  const read = readConfig({ DATA_DIR: dataDir, ...environment }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const { config } = read.value
  const time = { value: 1_000 }
  const clock = { now: () => time.value++, monotonic: () => 0 }
  const key = config.transcriptKey
  const seal =
    key && (await createSeal({ key, clock, random: systemRandom, encrypt: encryptAtOnce }))
  const bundle = createBundle()
  const database = await openDatabase(config)
  const transcripts = [1, 2, 3, 4].map((number) =>
    loggedTranscript({
      bundle: number === 4 ? { ...bundle, id: 'another' } : bundle,
      protocol,
      number,
      prompt:
        said.find((one) => one.number === number)?.asked ?? `Prompt ${number} \ud800 \u0000 漢`,
      altered: {
        subject: SUBJECT,
        principal: { tenant: 'acme', app: 'chat', consent: number === 3 ? 'audit' : 'harvest' },
      },
    }),
  )
  await fillDatabase(database, transcripts, seal ?? undefined)
  const packing = { ...zlibCompression, seal: seal ?? undefined }
  const audit = createAuditLog({ database, clock })
  const labels = createLabelStore({ database, audit, clock, random: systemRandom, packing })
  for (const { number, asked: _asked, ...label } of said) {
    const nothing = { decision: null, clauses: [], answer: null, note: null, kind: 'note' } as const
    await labels.add(
      { ...nothing, transcript: idOf(number), author: 'admin:ada', ...label },
      () => true,
    )
  }
  await database.close()
  const out = join(root, `golden-${folders}.jsonl`)
  const golden = (...args: readonly string[]) =>
    chambersIn({ DATA_DIR: dataDir })('harvest', 'golden', '--out', out, ...args)
  const cases = () =>
    readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { config, out, golden, cases }
}

const held = async (config: Config) => {
  const database = await openDatabase(config)
  const audit = createAuditLog({ database, clock: { now: () => 0, monotonic: () => 0 } })
  const exports = await createExportStore({ database, audit }).holding(SUBJECT, null)
  await database.close()
  return exports
}

describe('chambers harvest golden', () => {
  it('writes what was overturned as cases that a policy’s tests take, words and all', async () => {
    const { golden, cases, out } = await labelled([
      { number: 1, ...overturned },
      { number: 2, kind: 'bad' },
      { number: 3, ...overturned },
      { number: 4, ...overturned, clauses: [] },
    ])
    expect(await golden('--policy', 'test')).toEqual({
      code: 0,
      stdout: `Wrote 1 cases to ${out}\n`,
      stderr: 'Left out: 1 no_consent\n',
    })
    expect(cases()).toEqual([
      {
        id: idOf(1),
        messages: [{ role: 'user', content: 'Prompt 1 \ud800 \u0000 漢' }],
        expect: { sections: ['SHM'], clauses: ['SHM3', 'SHM4'], decision: 'refuse' },
        tags: ['overturned'],
      },
    ])
    for (const one of cases()) expect(goldenCaseSchema.safeParse(one).success).toBe(true)
  })

  it('writes no personal data into what goes into a repository and a revision', async () => {
    const asked = 'I am jane@roe.example, Tel. 030 9018 2712, my password is hunter2'
    const { golden, cases } = await labelled([{ number: 1, ...overturned, asked }])
    await golden()
    expect(cases()).toMatchObject([
      {
        messages: [
          { role: 'user', content: 'I am [EMAIL_1], Tel. [PHONE_1], my password is [PASSWORD_1]' },
        ],
      },
    ])
  })

  it('writes of every policy, and what is kept for audits, where it is told to', async () => {
    const { golden, cases } = await labelled([
      { number: 3, ...overturned },
      { number: 4, ...overturned, clauses: [] },
    ])
    const { stdout } = await golden('--include-audit', '--json')
    expect(JSON.parse(stdout)).toEqual({ cases: 2, skipped: {} })
    expect(cases().map(({ id, expect: expected }) => [id, expected])).toEqual([
      [idOf(4), { decision: 'refuse' }],
      [idOf(3), { sections: ['SHM'], clauses: ['SHM3', 'SHM4'], decision: 'refuse' }],
    ])
  })

  it('takes the latest word of each person, and nothing on which they differ', async () => {
    const { golden, cases } = await labelled([
      { number: 1, ...overturned },
      { number: 1, kind: 'wrong_decision', decision: 'comply' },
      { number: 2, ...overturned },
      { number: 2, kind: 'wrong_decision', decision: 'comply', author: 'admin:bob' },
    ])
    expect(await golden()).toMatchObject({ code: 0, stderr: 'Left out: 1 disputed\n' })
    expect(cases()).toMatchObject([{ id: idOf(1), expect: { decision: 'comply' } }])
  })

  it('leaves no file where there is nothing to write', async () => {
    const { golden, out } = await labelled([{ number: 1, kind: 'good' }])
    expect(await golden()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^No case/) })
    expect(existsSync(out)).toBe(false)
    expect(readdirSync(root).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  it('is noted as an export, for whoever deletes a person in it', async () => {
    const { golden, config } = await labelled([{ number: 1, ...overturned }])
    await golden('--policy', 'test')
    expect(await held(config)).toMatchObject([
      { format: 'golden', actor: expect.stringMatching(/^cli:/), transcripts: 1 },
    ])
  })

  it('reads sealed transcripts with their key alone, and backtests see the labels, too', async () => {
    const keyFile = join(root, 'key.json')
    const { stdout } = await chambersIn({})(
      'keys',
      'keypair',
      '--for',
      'transcripts',
      '--out',
      keyFile,
      '--json',
    )
    const { golden, cases, config } = await labelled(
      [{ number: 1, ...overturned, note: 'Because' }],
      { TRANSCRIPT_KEY: stdout },
    )
    expect(await golden()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Give the private key with --key FILE/),
    })
    expect(await golden('--key', keyFile)).toMatchObject({ code: 0 })
    expect(cases()).toMatchObject([{ id: idOf(1) }])
    const { readTranscriptKeys } = await import(
      '../../../../src/cli/shell/transcript-key-file.node.ts'
    )
    const open = await readTranscriptKeys(keyFile)
    await using source = await openTranscripts({ environment: { DATA_DIR: config.dataDir } }, open)
    expect((await source.read(idOf(1)))?.labels).toMatchObject([{ kind: 'wrong_decision' }])
  })
})
