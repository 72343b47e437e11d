import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportFrom, goodTranscripts, storeOf } from '../../harvest/export-scene.ts'
import { chambersIn } from '../chambers.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-places-'))
const at = (name: string) => join(root, name)
const POLICY = 'policies/default'
let store = ''
afterAll(() => {
  for (const folder of [root, store]) rmSync(folder, { recursive: true, force: true })
})
beforeAll(async () => {
  store = await storeOf(goodTranscripts(2))
  mkdirSync(at('home'))
  writeFileSync(at('home/diary.txt'), 'mine')
  mkdirSync(at('checkout/.git'), { recursive: true })
  mkdirSync(at('dataset'))
  writeFileSync(at('dataset/train.jsonl'), '{"id":"of somebody else"}\n')
  writeFileSync(at('notes.json'), '{"mine":true}')
  writeFileSync(at('notes.jsonl'), '{"mine":true}\n')
  mkdirSync(at('real'))
  symlinkSync(at('real'), at('link'))
  symlinkSync(at('nowhere'), at('dangling'))
  symlinkSync(at('notes.json'), at('link.json'))
  symlinkSync('/dev', at('devices'))
})

/** What writes a file, and what it names for it. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'policy build --out': ['policy', 'build', POLICY, '--out'],
  'policy sign --out': ['policy', 'sign', POLICY, '--key', 'key.json', '--out'],
  'policy rollback --out': ['policy', 'rollback', 'default', '--key', 'key.json', '--out'],
  'policy new --out': ['policy', 'new', 'fresh', '--out'],
  'keys keypair --out': ['keys', 'keypair', '--out'],
  'keys keypair --for transcripts --out': ['keys', 'keypair', '--for', 'transcripts', '--out'],
  'keys keypair --jwks': ['keys', 'keypair', '--out', at('key.json'), '--jwks'],
  'harvest golden --out': ['harvest', 'golden', '--out'],
  'harvest msm --out': ['harvest', 'msm', '--out'],
  'harvest msm --state': ['harvest', 'msm', '--out', at('docs.jsonl'), '--state'],
  'harvest batch --state': ['harvest', 'batch', at('notes.jsonl'), '--state'],
  'harvest export --out': ['harvest', 'export', '--out'],
}

const NOWHERE: readonly (readonly [string, RegExp])[] = [
  ['s3://bucket/x.jsonl', /copy it from there with --\w+: it is elsewhere/],
  ['gs:/bucket/x.jsonl', /it is elsewhere/],
  ['s3:bucket/x.jsonl', /it is elsewhere/],
  ['https://example.org/x.jsonl', /it is elsewhere/],
  ['ada@host:/srv/x.jsonl', /it is elsewhere/],
  ['file:///srv/x.jsonl', /^Name the path itself \(\/srv\/x\.jsonl\) with --\w+: it is a URL/],
  ['C:\\data\\x.jsonl', /it is a path of Windows/],
  ['\\\\host\\x.jsonl', /it is a path of Windows/],
  ['~/x.jsonl', /^Name the whole path with --\w+: no shell has put your home folder there: ~\/x/],
  ['~', /^Name the whole path with/],
  ['-', /nothing is written to standard output/],
  ['', /nothing stands there$/],
  ['a\u0007b.jsonl', /control characters stand in it/],
  ['/dev/full', /it is no place on a disk/],
  ['/proc/x.jsonl', /it is no place on a disk/],
  [join(root, 'devices/x.jsonl'), /it is no place on a disk/],
  [`${'x'.repeat(230)}.jsonl`, /^Name a shorter name with/],
]

describe.each(Object.entries(COMMANDS))('chambers %s', (_, args) => {
  it.each(NOWHERE)('does not take %j for a place', async (place, message) => {
    const before = readdirSync(root).toSorted()
    const { code, stderr, stdout } = await chambersIn({ DATA_DIR: store })(...args, place)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trimEnd()).toMatch(message)
    expect(readdirSync(root).toSorted()).toEqual(before)
  })
})

describe.each(Object.entries(COMMANDS).filter(([name]) => !/export|policy new/.test(name)))(
  'chambers %s',
  (name, args) => {
    it.each<[string, RegExp]>([
      ['home', /^Name a file in it with --\w+: it is a folder/],
      ['new/', /^Name a file in it with --\w+: it is a folder/],
      ['link.json', /^Name the place itself \(.*notes\.json\) with --\w+: it is a link/],
      ['dangling', /^Name a place that is there with --\w+: it is a link that leads nowhere/],
      ['notes.json/x.json', /notes\.json is no folder/],
      ['dangling/x.json', /dangling is a link that leads nowhere/],
    ])('writes nothing at %s', async (place, message) => {
      const { code, stderr } = await chambersIn({ DATA_DIR: store })(...args, at(place))
      expect([code, stderr]).toEqual([2, expect.stringMatching(message) as string])
    })

    it.skipIf(/--state|keypair.*--out/.test(name))('leaves what is not its own', async () => {
      const { code, stderr } = await chambersIn({ DATA_DIR: store })(...args, at('notes.json'))
      expect([code, stderr]).toEqual([
        2,
        `Name another file with ${args.at(-1) ?? ''}: it is there already, and no command like this has written it: ${at('notes.json')}\n`,
      ])
    })
  },
)

describe('chambers harvest export', () => {
  it.each<[string, RegExp]>([
    [
      'home',
      /^Name a new folder, or an empty one with --out: it holds something else than an export \(diary\.txt\)/,
    ],
    ['checkout', /something else than an export \(\.git\)/],
    ['dataset', /something else than an export \(train\.jsonl\)/],
    ['notes.json', /^Name a folder with --out: it is a file/],
    ['link', /^Name the place itself \(.*real\) with --out: it is a link/],
    ['dangling', /leads nowhere/],
    ['notes.jsonl', /^Name another file with --out: it is there already/],
  ])('writes nothing at %s, forced or not', async (place, message) => {
    for (const more of [[], ['--force']]) {
      const { code, stderr } = await exportFrom(store, '--out', at(place), ...more)
      expect([code, stderr]).toEqual([2, expect.stringMatching(message) as string])
    }
  })

  it.each<[readonly string[], RegExp]>([
    [
      ['rows.csv'],
      /^Name a folder with --out, or a file that ends in .* or \.parquet: \.csv is not written/,
    ],
    [
      ['rows.jsonl', '--parquet'],
      /^Leave out --parquet, or name a file with --out that ends in \.parquet: it ends in \.jsonl$/,
    ],
    [
      ['rows.parquet', '--gzip'],
      /^Leave out --gzip, or name a file .* ends in \.jsonl\.gz: it ends in \.parquet$/,
    ],
  ])('writes what its name says, or nothing: %s', async ([place = '', ...more], message) => {
    const { code, stderr } = await exportFrom(store, '--out', at(place), ...more)
    expect([code, stderr.trimEnd()]).toEqual([2, expect.stringMatching(message) as string])
    expect(readdirSync(root)).not.toContain(place)
  })

  it('writes nothing among the files of the gateway', async () => {
    for (const place of ['journal', 'journal/x', 'copies/rows.jsonl']) {
      const { code, stderr } = await exportFrom(store, '--out', join(store, place))
      const why = 'the gateway keeps its own files there (DATA_DIR)'
      expect([code, stderr]).toEqual([
        2,
        `Name another place with --out: ${why}: ${join(store, place)}\n`,
      ])
    }
  })

  it('goes into an empty folder, and below one that is not there', async () => {
    mkdirSync(at('empty'))
    writeFileSync(at('empty/.DS_Store'), '')
    for (const place of ['empty', 'a/b/c', 'a/run:1/train.jsonl']) {
      expect(await exportFrom(store, '--out', at(place))).toMatchObject({ code: 0 })
    }
  })

  it.skipIf(process.getuid?.() === 0)('says where it may not write', async () => {
    mkdirSync(at('closed'))
    chmodSync(at('closed'), 0o500)
    const { stderr } = await exportFrom(store, '--out', at('closed/x'))
    expect(stderr).toMatch(/^Name another place with --out: you may not write there/)
  })
})

it('a bundle and a key set of before are replaced', async () => {
  const chambers = chambersIn({ DATA_DIR: store })
  for (const name of ['a', 'b']) {
    expect((await chambers('policy', 'build', POLICY, '--out', at('bundle.json'))).code).toBe(0)
    const named = ['--kid', name, '--out', at(`made/${name}.json`), '--jwks', at('jwks.json')]
    expect(await chambers('keys', 'keypair', ...named)).toMatchObject({ code: 0 })
  }
})
