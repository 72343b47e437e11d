/** People who were deleted, taken out of the files of an export, in every format and encoding. */
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import type { Encoding } from '../../../src/harvest/export/export-parameters.ts'
import { readRows as readBack } from '../../../src/harvest/export/scrub/read-rows.node.ts'
import { createFormat } from '../../../src/harvest/formats/create-format.ts'
import { FORMATS, type FormatName } from '../../../src/harvest/formats/format.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { forgetPerson } from '../../fakes/forget-person.ts'
import { chambersIn } from '../cli/chambers.ts'
import { exportFrom, goodTranscripts, readManifest, storeOf } from './export-scene.ts'
import { plant } from './stages/plant.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const ANN = 'a'.repeat(64)
const NUMBERS = '{"2":1.0,"1":[-0,0.10,1e5]}'
const call = { id: 'call_1', kind: 'function', name: 'look', arguments: NUMBERS } as const

/** A store of twelve, of which three are Ann's, the first among them; the second calls a tool with numbers of every form. */
async function open() {
  const [first, , ...rest] = goodTranscripts(12)
  const calling = plant(2, { parts: [{ kind: 'tool_call', call }], finishReason: 'tool_calls' })
  const all = [first ?? calling, calling, ...rest].map((one, index) => ({
    ...one,
    subject: index % 4 === 0 ? ANN : 'b'.repeat(64),
  }))
  const folder = await storeOf(all)
  folders.push(folder)
  return folder
}

async function change(folder: string, ...statements: readonly string[]) {
  const database = openSqlite({ path: join(folder, 'chambers.db') })
  await database.batch(statements.map((sql) => ({ sql, params: [ANN] })))
  await database.close()
}

async function forget(folder: string) {
  const database = openSqlite({ path: join(folder, 'chambers.db') })
  await forgetPerson(database, ANN)
  await database.close()
}

const scrub = (folder: string, out: string, ...more: readonly string[]) =>
  chambersIn({ DATA_DIR: folder })('harvest', 'scrub', out, ...more)

async function rowsIn(out: string, name: FormatName, encoding: Encoding) {
  const { columns } = createFormat({ name, withReasoning: false, thinkTags: false })
  const rows: JsonObject[] = []
  for await (const row of readBack(join(out, `train.${encoding}`), { encoding, columns }))
    rows.push(row)
  return rows
}

const ENCODED: Readonly<Record<string, readonly string[]>> = {
  jsonl: [],
  'jsonl.gz': ['--gzip'],
  parquet: ['--parquet'],
}

const contentOf = (out: string) =>
  Object.fromEntries(
    readdirSync(out).map((name) => [name, readFileSync(join(out, name)).toString('base64')]),
  )

describe.each(FORMATS)('an export of %s', (format) => {
  it.each(Object.keys(ENCODED))(
    'as %s is afterwards as if it had been made without them',
    async (encoding) => {
      const folder = await open()
      const [out, later] = [join(folder, 'out'), join(folder, 'later')]
      const args = ['--format', format, ...(ENCODED[encoding] ?? [])]
      await exportFrom(folder, '--out', out, ...args)
      const before = readManifest(out)
      await forget(folder)
      const { code, stdout } = await scrub(folder, out, '--json')
      expect(code).toBe(0)
      await exportFrom(folder, '--out', later, ...args)
      const [scrubbed, made] = [readManifest(out), readManifest(later)]
      for (const name of [
        'kept',
        'rows',
        'splits',
        'files',
        ...(format === 'judge' ? [] : ['sections']),
        ...(format === 'judge' || format === 'rl' ? [] : ['decisions']),
      ]) {
        expect([name, scrubbed[name]]).toEqual([name, made[name]])
      }
      const examples = Number(before.kept) - Number(made.kept)
      expect(scrubbed.dropped).toEqual({
        ...(before.dropped as JsonObject),
        subject_deleted: examples,
      })
      const rows = Number(before.rows) - Number(made.rows)
      expect(JSON.parse(stdout)).toEqual({
        scrubbed: { out, rows, examples, left: made.rows },
      })
      expect(scrubbed.scrubbed).toMatchObject([{ rows, examples }])
      expect(await rowsIn(out, format, encoding as Encoding)).toEqual(
        await rowsIn(later, format, encoding as Encoding),
      )
      const card = readFileSync(join(out, 'README.md'), 'utf8')
      expect(card).toContain(`: ${rows} rows of ${examples} examples`)
      expect(card).not.toContain(ANN)
      expect(readFileSync(join(out, 'manifest.json'), 'utf8')).not.toContain(ANN)
    },
  )
})

describe('chambers harvest scrub', () => {
  it('finds nothing the second time, and changes nothing', async () => {
    const folder = await open()
    const out = join(folder, 'out')
    await exportFrom(folder, '--out', out, '--split', '50/30/20')
    await forget(folder)
    await scrub(folder, out)
    const once = contentOf(out)
    const again = await scrub(folder, out)
    expect([again.code, again.stdout]).toEqual([
      0,
      `Nothing to take out of ${out}: nobody in it was deleted since\n`,
    ])
    expect(contentOf(out)).toEqual(once)
  })

  it('leaves an export alone that is not remembered here', async () => {
    const [folder, other] = [await open(), await open()]
    const out = join(folder, 'out')
    await exportFrom(folder, '--out', out)
    const before = contentOf(out)
    const { code, stderr } = await scrub(other, out)
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        'no export that is remembered here with its rows holds this transcript',
      ),
    ])
    expect(contentOf(out)).toEqual(before)
  })

  it('leaves what has come since a deletion', async () => {
    const folder = await open()
    await change(folder, `INSERT INTO deleted_subjects VALUES (?, '*', ${Date.now() - 60_000})`)
    const out = join(folder, 'out')
    await exportFrom(folder, '--out', out)
    const before = contentOf(out)
    expect(await scrub(folder, out)).toMatchObject({ code: 0 })
    expect(contentOf(out)).toEqual(before)
  })

  it('leaves no file of a split of which nothing is left, and no rows at all where all are gone', async () => {
    const folder = await open()
    const out = join(folder, 'out')
    await exportFrom(folder, '--out', out, '--split', '50/30/20')
    await change(folder, 'UPDATE transcripts SET subject = ?', 'UPDATE export_rows SET subject = ?')
    await forget(folder)
    const { stdout } = await scrub(folder, out)
    expect(stdout).toBe(`Took 12 rows of 12 examples out of ${out}; 0 are left\n`)
    expect(readdirSync(out).toSorted()).toEqual(['README.md', 'manifest.json'])
    expect(readManifest(out)).toMatchObject({
      rows: 0,
      kept: 0,
      files: [],
      splits: {},
      sections: {},
    })
  })

  it('takes one file with what belongs to it beside it', async () => {
    const folder = await open()
    const out = join(folder, 'rows.jsonl')
    await exportFrom(folder, '--out', out)
    await forget(folder)
    expect(await scrub(folder, out)).toMatchObject({ code: 0 })
    expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(9)
    const manifest = JSON.parse(readFileSync(`${out}.manifest.json`, 'utf8')) as JsonObject
    const sha256 = createHash('sha256').update(readFileSync(out)).digest('hex')
    expect(manifest.files).toMatchObject([{ path: 'rows.jsonl', rows: 9, sha256 }])
  })

  it('goes on where a kill came between the manifest and its files', async () => {
    const folder = await open()
    const [out, whole] = [join(folder, 'out'), join(folder, 'whole')]
    await exportFrom(folder, '--out', out)
    await exportFrom(folder, '--out', whole)
    await forget(folder)
    await scrub(folder, whole)
    renameSync(join(whole, 'manifest.json'), join(out, 'manifest.json.unfinished'))
    renameSync(join(whole, 'train.jsonl'), join(out, 'train.jsonl.unfinished'))
    rmSync(join(out, 'manifest.json'))
    expect(await scrub(folder, out)).toMatchObject({ code: 0 })
    expect(readManifest(out)).toMatchObject({ rows: 9, dropped: { subject_deleted: 3 } })
    expect(await rowsIn(out, 'sft', 'jsonl')).toHaveLength(9)
    expect(readdirSync(out).toSorted()).toEqual(['README.md', 'manifest.json', 'train.jsonl'])
  })

  it.each<[string, (out: string) => void, RegExp]>([
    [
      'whose rows were altered',
      (out) => appendFileSync(join(out, 'train.jsonl'), '\n'),
      /^Export again, or put back what was written: train\.jsonl is not as its manifest says/,
    ],
    [
      'whose tombstones are none',
      (out) => writeFileSync(join(out, 'tombstones.jsonl'), 'tr_1\n'),
      /^Export again, or put back what was written: .*tombstones\.jsonl$/m,
    ],
    [
      'of which a file is gone',
      (out) => rmSync(join(out, 'train.jsonl')),
      /train\.jsonl is not as its manifest says/,
    ],
    [
      'without its manifest',
      (out) => rmSync(join(out, 'manifest.json')),
      /^Name an export with its manifest/,
    ],
    [
      'with a manifest of another program',
      (out) => writeFileSync(join(out, 'manifest.json'), '{"files":[]}'),
      /^Name an export of this program/,
    ],
    [
      'with a manifest that names files elsewhere',
      (out) => {
        const text = readFileSync(join(out, 'manifest.json'), 'utf8')
        writeFileSync(join(out, 'manifest.json'), text.replace('train.jsonl', '../chambers.db'))
      },
      /^Name an export of this program/,
    ],
    [
      'behind a link',
      (out) => {
        renameSync(out, `${out}-real`)
        symlinkSync(`${out}-real`, out)
      },
      /is a link$/m,
    ],
    ['that is not there', (out) => rmSync(out, { recursive: true }), /nothing is at/],
  ])('leaves an export alone %s', async (_, spoil, message) => {
    const folder = await open()
    const out = join(folder, 'out')
    await exportFrom(folder, '--out', out)
    await forget(folder)
    spoil(out)
    const before = existsSync(out) ? contentOf(out) : null
    const { code, stderr } = await scrub(folder, out)
    expect([code, stderr]).toEqual([1, expect.stringMatching(message) as string])
    if (before) expect(contentOf(out)).toEqual(before)
  })
})
