import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { SPLITS } from '../../../src/harvest/export/examples/split.ts'
import { FORMATS } from '../../../src/harvest/formats/format.ts'
import { idOfRow } from '../../../src/harvest/formats/row-id.ts'
import { readConfig } from '../../../src/start/config.ts'
import { loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { openDatabase } from '../../../src/start/node/open-database.node.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import {
  exportFrom,
  goodTranscripts,
  readManifest,
  readRows,
  storeOf,
  withFailedDraft,
} from './export-scene.ts'
import { plant } from './stages/plant.ts'

const COUNT = 30
let folder = ''
let places = 0
const newPlace = () => join(folder, `out-${++places}`)

beforeAll(async () => {
  folder = await storeOf(goodTranscripts(COUNT))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Exports a store of its own. */
async function exported(transcripts: readonly Transcript[], ...args: readonly string[]) {
  const own = await storeOf(transcripts)
  const out = join(own, 'out')
  const ran = await exportFrom(own, '--out', out, ...args)
  return { ...ran, out, own, manifest: readManifest(out) }
}

const shaOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('chambers harvest export', () => {
  it.each([
    ['sft', 30],
    ['sft-cot', 30],
    ['preference', 10],
    ['kto', 40],
    ['rl', 30],
    ['judge', 70],
    ['transcript', 30],
  ])('writes the rows of %s', async (format, rows) => {
    const out = newPlace()
    const { code, stdout } = await exportFrom(folder, '--format', format, '--out', out)
    expect([code, readRows(join(out, 'train.jsonl')).length]).toEqual([0, rows])
    expect(stdout).toContain(`${rows} rows of ${format}`)
    expect(readManifest(out)).toMatchObject({ rows, transcripts: COUNT, format: { name: format } })
  })

  it('names each file with its split, size and digest', async () => {
    const out = newPlace()
    await exportFrom(folder, '--out', out, '--split', '60/20/20')
    const files = readManifest(out).files as { path: string; bytes: number; sha256: string }[]
    expect(files.map(({ path }) => path)).toEqual(['train.jsonl', 'validation.jsonl', 'test.jsonl'])
    for (const { path, bytes, sha256 } of files) {
      expect(readFileSync(join(out, path)).length).toBe(bytes)
      expect(shaOf(join(out, path))).toBe(sha256)
    }
  })

  it.each([
    [['--split', '60/20/20']],
    [['--gzip']],
    [['--parquet']],
    [['--parquet', '--codec', 'zstd']],
    [['--format', 'transcript', '--keep-duplicates']],
  ])('writes the same bytes for the same store and arguments: %s', async (args) => {
    const [one, other] = [newPlace(), newPlace()]
    await exportFrom(folder, '--out', one, ...args)
    await exportFrom(folder, '--out', other, ...args)
    const names = readdirSync(one).toSorted()
    expect(names.length).toBeGreaterThan(2)
    expect(readdirSync(other).toSorted()).toEqual(names)
    for (const name of names) expect(shaOf(join(one, name))).toBe(shaOf(join(other, name)))
  })

  it('writes one file where one is named, with what belongs to it beside it', async () => {
    const out = `${newPlace()}.jsonl.gz`
    const { code } = await exportFrom(folder, '--out', out)
    const lines = gunzipSync(readFileSync(out)).toString().trimEnd().split('\n')
    expect([code, lines.length]).toEqual([0, COUNT])
    expect(existsSync(`${out}.manifest.json`) && existsSync(`${out}.README.md`)).toBe(true)
  })

  it('never holds the instructions of the policy, in any format but the whole record', async () => {
    for (const format of FORMATS.filter((one) => one !== 'transcript')) {
      const out = newPlace()
      await exportFrom(folder, '--format', format, '--out', out)
      const roles = readRows(join(out, 'train.jsonl')).flatMap((row) => {
        const messages = (row.messages ?? row.prompt) as { role: string }[]
        return messages.map(({ role }) => role)
      })
      expect(new Set(roles)).not.toContain('system')
    }
  })

  it.each([
    ['off', null],
    ['0.6', 0.6],
    [undefined, 0.8],
  ])('tells in its manifest from where on two are near: %s', async (given, told) => {
    const out = newPlace()
    const more = given === undefined ? [] : ['--near-duplicates', given]
    expect(await exportFrom(folder, '--out', out, ...more)).toMatchObject({ code: 0 })
    expect(readManifest(out).arguments).toMatchObject({ cascade: { nearDuplicates: told } })
  })

  it('keeps reasoning out unless it is asked for', async () => {
    for (const [format, holds] of [
      ['sft', false],
      ['preference', false],
      ['kto', false],
      ['rl', false],
      ['judge', false],
      ['sft-cot', true],
    ] as const) {
      const out = newPlace()
      await exportFrom(folder, '--format', format, '--out', out)
      const text = readFileSync(join(out, 'train.jsonl'), 'utf8')
      expect([format, /The person asks about|A hasty thought/.test(text)]).toEqual([format, holds])
      expect(readManifest(out)).toMatchObject({ reasoning: { in_rows: holds, judge_saw: true } })
    }
  })

  it('puts reasoning where the trainer looks for it', async () => {
    const lastOf = async (...args: readonly string[]) => {
      const out = newPlace()
      await exportFrom(folder, '--out', out, ...args)
      const [row = {}] = readRows(join(out, 'train.jsonl'))
      return ((row.messages ?? row.rejected) as Record<string, string>[]).at(-1)
    }
    const field = await lastOf('--format', 'sft-cot')
    expect(field?.reasoning_content).toMatch(/^The person asks about/)
    expect(field?.content).toMatch(/^Here is/)
    const tags = await lastOf('--format', 'sft-cot', '--think-tags')
    expect(tags?.reasoning_content).toBeUndefined()
    expect(tags?.content).toMatch(/^<think>\nThe person asks about[\s\S]*<\/think>\n\nHere is/)
    const failed = await lastOf('--format', 'preference', '--with-reasoning')
    expect(failed?.reasoning_content).toMatch(/^A hasty thought/)
  })

  it('notes the export with its manifest, and audits it', async () => {
    const { out, own } = await exported(goodTranscripts(3))
    const read = readConfig({ DATA_DIR: own }, 'node')
    if (!read.ok) throw new Error(read.failure.join())
    const database = await openDatabase(read.value.config)
    const [row] = await database.all('SELECT manifest_digest, transcripts, format FROM exports')
    expect(row).toMatchObject({
      manifest_digest: shaOf(join(out, 'manifest.json')),
      transcripts: 3,
      format: 'sft',
    })
    const audit = await database.all('SELECT action, details FROM audit')
    expect(audit.map(({ action }) => action)).toEqual(['transcript.export'])
    expect(JSON.stringify(audit)).not.toContain('Please help')
    await database.close()
  })

  it.each(FORMATS)('remembers which rows of %s are where', async (format) => {
    const own = await storeOf(goodTranscripts(6))
    const out = join(own, 'out')
    await exportFrom(own, '--format', format, '--out', out, '--split', '60/20/20')
    const files = SPLITS.filter((split) => existsSync(join(out, `${split}.jsonl`)))
    const given = files.flatMap((split) =>
      readRows(join(out, `${split}.jsonl`)).map((row) => `${split} ${idOfRow(row)}`),
    )
    const database = openSqlite({ path: join(own, 'chambers.db') })
    const rows = await database.all('SELECT row, split, transcript_id FROM export_rows')
    await database.close()
    expect(rows.map(({ row, split }) => `${String(split)} ${String(row)}`).toSorted()).toEqual([
      ...new Set(given.toSorted()),
    ])
    for (const { row, transcript_id: transcript } of rows) {
      expect(String(row).split('#')[0]).toBe(transcript)
    }
  })
})

describe('a transcript', () => {
  it.each<[string, string, () => Promise<Transcript> | Transcript]>([
    [
      'whose request is not what was received',
      'prompt_altered',
      () => ({
        ...plant(9),
        request: { model: 'one', messages: [{ role: 'user', content: 'Other' }] },
      }),
    ],
    ['of an older program', 'prompt_unproved', () => ({ ...plant(9), received: null })],
    ['without consent', 'consent_missing', () => plant(9, { consent: 'audit' })],
    ['without content', 'consent_missing', () => plant(9, { consent: 'none' })],
    [
      'with a Fallback in its conversation',
      'prompt_contaminated',
      async () => {
        const { bundles } = await loadPolicies()
        const content = bundles[0]?.sections.find(({ fallback }) => fallback !== '')?.fallback ?? ''
        const messages = [
          { role: 'user', content: 'First' },
          { role: 'assistant', content },
          { role: 'user', content: 'Second' },
        ]
        return plant(9, { messages })
      },
    ],
    [
      'whose prompt quotes the protocol',
      'prompt_contaminated',
      async () => {
        const { protocol } = await loadPolicies()
        const [text = ''] = Object.values(protocol.texts).toSorted(
          (one, other) => other.length - one.length,
        )
        return plant(9, { prompt: `Look at this: ${text.slice(0, 400)}` })
      },
    ],
    [
      'with a picture in its prompt',
      'prompt_not_text',
      () => {
        const picture = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
        return plant(9, { messages: [{ role: 'user', content: [picture] }] })
      },
    ],
    [
      'with half a surrogate pair in its answer',
      'not_unicode',
      () => plant(9, { answer: 'Broken \ud800 indeed, and said so.' }),
    ],
  ])('%s is left out as %s', async (_, reason, make) => {
    const { manifest, code } = await exported([plant(1), await make(), plant(2)])
    expect([code, manifest.kept, manifest.dropped]).toEqual([0, 2, { [reason]: 1 }])
  })

  it('that is all there is and is left out gives no rows, and the reason', async () => {
    const { code, stdout, out, manifest } = await exported([plant(1, { consent: 'audit' })])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^No rows\. Every transcript was left out[\s\S]*consent_missing\s+1/)
    expect([manifest.rows, readdirSync(out).toSorted()]).toEqual([
      0,
      ['README.md', 'manifest.json'],
    ])
  })

  it('that was answered twice the same is there once', async () => {
    const same = { prompt: 'The same words as before, all of them', answer: 'The same answer.' }
    const { manifest } = await exported([plant(1, same), plant(2, same), plant(3)])
    expect([manifest.kept, manifest.dropped]).toEqual([2, { duplicate_exact: 1 }])
  })

  it('that was answered twice is one prompt of rl', async () => {
    const request = { model: 'model-one', messages: [{ role: 'user', content: 'Tell me a tale.' }] }
    const { manifest } = await exported(
      [plant(1, { request }), plant(2, { request, answer: 'Once upon a time.' })],
      '--format',
      'rl',
    )
    expect([manifest.rows, manifest.dropped]).toEqual([1, { duplicate_exact: 1 }])
  })

  it('is exported in full with characters of every kind', async () => {
    const prompt = 'NUL \0, 한국어, עברית, 𝒳 and "quotes"\\ in one prompt'
    const { out } = await exported([plant(1, { prompt })])
    const [row = {}] = readRows(join(out, 'train.jsonl'))
    expect((row.messages as { content: string }[])[0]?.content).toBe(prompt)
  })
})

describe('a place', () => {
  it('with a whole export is not written over unless that is wanted', async () => {
    const out = newPlace()
    await exportFrom(folder, '--out', out, '--parquet')
    const again = await exportFrom(folder, '--out', out)
    expect([again.code, again.stderr]).toEqual([
      1,
      `Name another place with --out, or give --force: ${out} holds a whole export\n`,
    ])
    const forced = await exportFrom(folder, '--out', out, '--force')
    expect([forced.code, readdirSync(out).toSorted()]).toEqual([
      0,
      ['README.md', 'manifest.json', 'train.jsonl'],
    ])
  })

  it('with what a killed export has left is put in order', async () => {
    const out = newPlace()
    mkdirSync(out)
    writeFileSync(join(out, 'test.parquet'), 'half')
    writeFileSync(join(out, 'manifest.json.unfinished'), '{"program":"chambers 0"}')
    writeFileSync(join(out, 'validation.parquet.unfinished'), 'half')
    writeFileSync(join(out, 'quarantine.txt.unfinished'), 'half')
    writeFileSync(join(out, 'train.jsonl.unfinished'), 'half')
    const { code } = await exportFrom(folder, '--out', out)
    expect([code, readdirSync(out).toSorted()]).toEqual([
      0,
      ['README.md', 'manifest.json', 'train.jsonl'],
    ])
  })

  it('gets nothing when an export breaks off', async () => {
    const own = await storeOf([withFailedDraft(plant(1), 'A draft')])
    const out = join(own, 'out')
    const broken = join(own, 'broken.jsonl')
    writeFileSync(broken, '{')
    const ran = await exportFrom(own, '--out', out, '--decontaminate', broken)
    expect([ran.code, existsSync(join(out, 'manifest.json'))]).toEqual([2, false])
    expect(readdirSync(out)).toEqual([])
  })
})

it.each([
  [['--format', 'parquet'], /^Set --format to one of sft, sft-cot/],
  [['--split', '90/5/6'], /^Set --split to three shares of a hundred/],
  [['--with-reasoning'], /with sft use --format sft-cot/],
  [['--think-tags'], /^--think-tags goes with sft-cot/],
  [['--near-duplicates', '0.4'], /^Set --near-duplicates to a share from 0.5 to 1, or off/],
  [
    ['--format', 'judge', '--near-duplicates', '0.9'],
    /^Leave out --near-duplicates, or add --remove-duplicates: duplicates are kept here/,
  ],
  [['--decontaminate', 'nowhere.jsonl'], /^Name a file that is there with --decontaminate/],
  [['--min-score', 'style'], /^Set --min-score to a score and its least value/],
  [['--parquet', '--gzip'], /^Leave out --gzip/],
  [['--format', 'rl', '--min-score', 'grounded=5'], /Ask rl for helpfulness or style alone/],
  [['--from', 'yesterday'], /^Set --from to a day like 2027-01-31/],
  [['--to', '2027-02-30'], /^Set --to to a day like 2027-01-31/],
  [['--from', '2027-02-01', '--to', '2027-01-31'], /^Set --to to a time after --from/],
])('is told how to say it: %s', async (args, message) => {
  const { code, stderr } = await exportFrom(folder, '--out', newPlace(), ...args)
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})
