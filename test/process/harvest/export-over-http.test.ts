import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { readConfig } from '../../../src/start/config.ts'
import { openDatabase } from '../../../src/start/node/open-database.node.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { fillDatabase, idOf } from '../../fakes/logged-transcripts.ts'
import { chambersIn } from '../../unit/cli/chambers.ts'
import {
  exportFrom,
  goodTranscripts,
  readManifest,
  readRows,
} from '../../unit/harvest/export-scene.ts'
import { plant } from '../../unit/harvest/stages/plant.ts'

const QUESTIONS = ['Name three rivers.', 'What is a sonnet?', 'How do bees find their way home?']

let gateway: TestGateway
let places = 0
const place = (name: string) => join(gateway.dataDir, name)
const overHttp = (...args: readonly string[]) =>
  chambersIn({ DATA_DIR: gateway.dataDir })('harvest', 'export', '--url', gateway.url, ...args)

beforeAll(async () => {
  gateway = await startTestGateway({
    upstream: 'stand-in',
    mode: 'enforce',
    environment: { UPSTREAM_TRAINING_RIGHTS: 'open' },
  })
  const { stdout } = await chambersIn({ DATA_DIR: gateway.dataDir })(
    'keys',
    'create',
    '--consent',
    'harvest',
    '--json',
  )
  const { key } = JSON.parse(stdout)
  for (const content of QUESTIONS) {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content },
    ]
    const headers = { authorization: `Bearer ${key}` }
    const answer = await gateway.post('chat/completions', { model: 'stand-in', messages }, headers)
    expect(answer.status).toBe(200)
  }
})
afterAll(() => gateway.close())

it('traffic comes out as the client sent it, without a word of the policy', async () => {
  const out = place('direct')
  const { code, stdout } = await exportFrom(gateway.dataDir, '--out', out, '--min-samples', '1')
  expect([code, stdout]).toEqual([0, expect.stringContaining('3 rows of sft')])
  const prompts = readRows(join(out, 'train.jsonl')).map((row) =>
    (row.messages as { content: string }[]).slice(0, -1).map(({ content }) => content),
  )
  expect(prompts).toEqual(QUESTIONS.map((question) => ['Be brief.', question]))
  expect(readManifest(out)).toMatchObject({ contamination: { unknown_policies: [] } })
})

/** What a live gateway has not to be asked for one by one. */
async function plantMore() {
  const read = readConfig({ DATA_DIR: gateway.dataDir }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database = await openDatabase(read.value.config)
  const mail = plant(40, { reasoning: 'The person is jane@roe.example, and asks for a friend.' })
  const hazard = { reasoning: 'Mix 20 g with 30 ml at 60 °C.', decision: 'refuse' } as const
  const answer = "I'm sorry, but I can't help with that."
  await fillDatabase(database, [
    ...goodTranscripts(30),
    mail,
    plant(41, { ...hazard, answer }),
    plant(42, { rights: 'internal' }),
    plant(43, { consent: 'audit' }),
  ])
  await database.close()
}

it('there is more to be exported', plantMore)

const filesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  )

it.each([
  [[]],
  [['--split', '60/20/20']],
  [['--format', 'sft-cot', '--think-tags', '--parquet', '--codec', 'zstd', '--split', '50/25/25']],
  [['--format', 'kto', '--gzip', '--max-per-cell', '4', '--min-look-alikes', '0.1']],
  [['--format', 'preference', '--with-reasoning', '--keep-duplicates', '--min-score', 'style=1']],
  [['--format', 'rl', '--section', 'SHM', '--from', '2026-01-01']],
  [['--format', 'transcript', '--no-redaction', '--internal', '--lang', 'en', '--lang', 'und']],
  [
    '--format sft-cot --hazard-from low --hazard-words 40 --drop-special --min-samples 1 --max-per-tenant 9 --tenant acme --tenant default --max-per-template 3'.split(
      ' ',
    ),
  ],
])('a gateway gives the very same files: %s', async (args) => {
  const [direct, remote] = [place(`here-${++places}`), place(`there-${places}`)]
  const here = await exportFrom(gateway.dataDir, '--out', direct, ...args)
  const there = await overHttp('--out', remote, ...args)
  expect([here.code, there.code, there.stderr]).toEqual([0, 0, expect.stringContaining('rows')])
  expect(Object.keys(filesOf(direct))).toEqual(
    expect.arrayContaining(['README.md', 'manifest.json']),
  )
  expect(filesOf(remote)).toEqual(filesOf(direct))
})

it('a gateway gives the very same increments, on from an export that either has made', async () => {
  const [first, direct, remote] = [place('night'), place('next-here'), place('next-there')]
  await overHttp('--out', first)
  const read = readConfig({ DATA_DIR: gateway.dataDir }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database = await openDatabase(read.value.config)
  await fillDatabase(database, [plant(101), plant(35, { prompt: 'Asked long ago, stored late.' })])
  const audit = createAuditLog({ database, clock: systemClock })
  const ports = { database, audit, clock: systemClock, random: systemRandom }
  const labels = createLabelStore({ ...ports, packing: zlibCompression })
  const nothing = { decision: null, clauses: [], answer: null, note: null }
  const label = { ...nothing, transcript: idOf(2), author: 'admin:ada', kind: 'bad' } as const
  await labels.add(label, () => true)
  await database.close()
  const here = await exportFrom(gateway.dataDir, '--out', direct, '--since', first)
  const there = await overHttp('--out', remote, '--since', first)
  expect([here.code, there.code]).toEqual([0, 0])
  expect(filesOf(remote)).toEqual(filesOf(direct))
  expect(readRows(join(remote, 'tombstones.jsonl'))).toEqual([
    { id: `${idOf(2)}#0`, transcript: idOf(2), reason: 'label_bad' },
  ])
  expect(readManifest(remote).rows).toBe(2)
})

it('a gateway gives the very same single file, with what belongs to it', async () => {
  const [direct, remote] = [place('here'), place('there')]
  for (const folder of [direct, remote]) mkdirSync(folder)
  const args = ['--format', 'sft-cot', '--out']
  await exportFrom(gateway.dataDir, ...args, join(direct, 'data.jsonl'))
  const { stdout } = await overHttp(...args, join(remote, 'data.jsonl'), '--json')
  expect(Object.keys(filesOf(remote)).toSorted()).toEqual([
    'data.jsonl',
    'data.jsonl.README.md',
    'data.jsonl.manifest.json',
    'data.jsonl.quarantine.txt',
  ])
  expect(filesOf(remote)).toEqual(filesOf(direct))
  expect(JSON.parse(stdout).export.id).toMatch(/^ex_[0-9a-f]{32}$/)
})

it('a gateway that refuses leaves nothing behind', async () => {
  const out = place('refused')
  const { code, stderr } = await overHttp('--out', out, '--token', 'none')
  expect([code, stderr]).toEqual([1, expect.stringContaining('answered 401')])
  expect(readdirSync(out)).toEqual([])
  rmSync(out, { recursive: true })
})

it('files of evaluations stay where rows are made, and that is said', async () => {
  const out = place('none')
  const { code, stderr } = await overHttp('--out', out, '--decontaminate', 'package.json')
  expect([code, stderr]).toEqual([2, expect.stringContaining('Leave --decontaminate out')])
  expect(readdirSync(out)).toEqual([])
})

it('what a parameter cannot be is said by its option', async () => {
  const told = async (...args: readonly string[]) => {
    const { code, stderr } = await overHttp('--out', place('none'), ...args)
    return [code, stderr]
  }
  expect(await told('--lang', 'Klingon')).toEqual([
    2,
    expect.stringMatching(/^Set --lang to codes of the languages/),
  ])
  expect(await told('--lang', 'xx')).toEqual([2, expect.stringMatching(/^Mend --lang/)])
  expect(await told('--max-per-cell', 'many')).toEqual([
    2,
    'Set --max-per-cell to a whole number from 1: of section and decision: many\n',
  ])
  expect(await told('--codec', 'lzma')).toEqual([
    2,
    'Set --codec to one of snappy, zstd, gzip, none: lzma\n',
  ])
})

it('people who were deleted are taken out of what a gateway gave', async () => {
  const read = readConfig({ DATA_DIR: gateway.dataDir }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database = await openDatabase(read.value.config)
  const subject = 'e'.repeat(64)
  await fillDatabase(database, [{ ...plant(60), subject }])
  await database.close()
  const out = place('people')
  await overHttp('--out', out, '--split', '60/20/20')
  const { rows } = readManifest(out)
  const token = readFileSync(place('admin-token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  const path = `${gateway.url}/admin/v1/transcripts?subject=${subject}`
  const deleted = await (await fetch(path, { method: 'DELETE', headers })).json()
  const id = `${plant(60).id}#0`
  const { exports } = deleted as { exports: { rows: { id: string }[] }[] }
  expect(exports.flatMap((one) => one.rows.map((row) => row.id))).toEqual([id])
  const scrub = ['harvest', 'scrub', out, '--url', gateway.url] as const
  const { code, stdout } = await chambersIn({ DATA_DIR: gateway.dataDir })(...scrub)
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^Took 1 rows of 1 examples out of /)])
  expect(readManifest(out).rows).toBe(Number(rows) - 1)
  const left = readdirSync(out).filter((name) => name.endsWith('.jsonl'))
  expect(left.map((name) => readFileSync(join(out, name), 'utf8')).join('')).not.toContain(id)
})
