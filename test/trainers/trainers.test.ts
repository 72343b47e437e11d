/** What Hugging Face's `datasets`, TRL's trainers, DuckDB and pyarrow make of our exports: test/trainers/install brings them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isJsonObject } from '../../src/lib/json.ts'
import { completionReply, startUpstream } from '../fakes/upstream.ts'
import { chambersIn } from '../unit/cli/chambers.ts'
import { readManifest, storeOf } from '../unit/harvest/export-scene.ts'
import { sentences } from '../unit/jobs/documents/sentences.ts'
import { ENCODINGS, exportAll, LEFT_OUT, transcripts, VARIANTS } from './store.ts'

const INSTALL = fileURLToPath(new URL('install', import.meta.url))
const CHECK = fileURLToPath(new URL('check.py', import.meta.url))
const LIMIT_MS = 600_000

const found = spawnSync(INSTALL, ['--find'], { encoding: 'utf8' })
const python = found.status === 0 ? found.stdout.trim() : null
if (python === null) {
  process.stdout.write('skipped: the trainers are not installed (run test/trainers/install)\n')
}

const folder = mkdtempSync(join(tmpdir(), 'chambers-trainers-'))
const exports = join(folder, 'exports')
let store = ''
afterAll(() => {
  for (const path of [folder, store])
    if (path !== '') rmSync(path, { recursive: true, force: true })
})

describe.skipIf(python === null)('trainers, as they come', () => {
  let results: Readonly<Record<string, unknown>> = {}

  beforeAll(async () => {
    store = await storeOf(transcripts())
    await exportAll(store, exports)
    await writeDocuments(join(exports, 'msm.jsonl'))
    results = check(python ?? '')
  }, LIMIT_MS)

  it('are given every row but those that no template takes, which are counted', () => {
    const { rows, dropped } = readManifest(join(exports, 'sft', 'jsonl'))
    expect(dropped).toEqual(LEFT_OUT)
    expect(rows).toBe(transcripts().length - 4)
  })

  it.each(
    Object.keys(VARIANTS).flatMap((variant) =>
      Object.keys(ENCODINGS).map((encoding) => `${variant} as ${encoding}`),
    ),
  )('read %s, row by row and type by type', (name) => {
    expect(results[name]).toBe('ok')
  })

  it('render calls and answers in each of their chat templates', () => {
    const rendered = Object.entries(results).filter(([name]) => name.startsWith('template '))
    expect(rendered).toHaveLength(10)
    expect(Object.fromEntries(rendered)).toEqual(
      Object.fromEntries(rendered.map(([name]) => [name, 'ok'])),
    )
  })

  it.each([
    'SFTTrainer, loss on the assistant',
    'SFTTrainer, loss on the last message',
    'SFTTrainer with reasoning',
    'SFTTrainer on documents',
    'DPOTrainer',
    'DPOTrainer with reasoning',
    'KTOTrainer',
    'KTOTrainer with reasoning',
    'GRPOTrainer',
  ])('take a step: %s', (name) => {
    expect(results[name]).toBe('ok')
  })
})

/** Documents of a midtraining job, from a model that writes what it is asked for. */
async function writeDocuments(out: string): Promise<void> {
  let number = 0
  await using upstream = await startUpstream(({ json }) => {
    const text = JSON.stringify(isJsonObject(json) ? json.messages : null)
    const [, what, count = '1'] = /List: ([a-z]+), at most (\d+)\./.exec(text) ?? []
    number++
    if (what === undefined) return completionReply(sentences(number))
    const items = Array.from({ length: Number(count) }, (_, index) => `${what} ${number} ${index}`)
    return completionReply(JSON.stringify({ items }))
  })
  const environment = { DATA_DIR: join(folder, 'documents'), UPSTREAM_BASE_URL: upstream.url }
  const sizes = ['--domains', '2', '--subdomains', '1', '--types', '1', '--assertions', '1']
  const chambers = chambersIn(environment)
  const ran = await chambers(
    'harvest',
    'msm',
    '--out',
    out,
    '--model',
    'm',
    '--documents',
    '4',
    ...sizes,
  )
  if (ran.code !== 0) throw new Error(ran.stderr)
}

function check(interpreter: string): Readonly<Record<string, unknown>> {
  const cache = join(folder, 'cache')
  const ran = spawnSync(interpreter, [CHECK, exports], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: {
      ...process.env,
      HF_HOME: cache,
      HF_HUB_OFFLINE: '1',
      HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      CUDA_VISIBLE_DEVICES: '',
      OMP_NUM_THREADS: '2',
      TOKENIZERS_PARALLELISM: 'false',
    },
  })
  const last = ran.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (ran.status !== 0) throw new Error(ran.stderr.slice(-2000))
  return JSON.parse(last) as Readonly<Record<string, unknown>>
}
