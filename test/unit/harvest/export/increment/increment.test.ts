import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../../src/database/sqlite.node.ts'
import { createDatabaseBlobs } from '../../../../../src/transcript/store/database-blobs.ts'
import { zlibCompression } from '../../../../../src/transcript/zlib-compression.node.ts'
import { idOf } from '../../../../fakes/logged-transcripts.ts'
import { readManifest } from '../../export-scene.ts'
import { kept } from '../../increment-kept.ts'
import { openNights } from '../../increment-scene.ts'
import { describeIncrements } from '../../increments-suite.ts'
import { plant } from '../../stages/plant.ts'

const ids = (...numbers: readonly number[]) => numbers.map((number) => `${idOf(number)}#0`)
const idsOf = (rows: readonly { readonly id?: unknown }[]) => rows.map(({ id }) => id)

/** A redactor that finds nothing. */
const ECHO = `import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) console.log(line)
`

const ANN = createHash('sha256').update('ann').digest('hex')

describeIncrements(
  'node:sqlite',
  async () => {
    const database = openSqlite({ path: ':memory:' })
    return { database, blobs: createDatabaseBlobs(database) }
  },
  zlibCompression,
)

describe('an export that goes on from another', () => {
  it('gives what was stored later, though it was asked for before', async () => {
    await using nights = await openNights()
    await nights.store(plant(5))
    const first = await nights.night()
    await nights.store(plant(1), plant(9))
    const second = await nights.night('--since', first.out)
    expect(idsOf(first.rows)).toEqual(ids(5))
    expect(idsOf(second.rows)).toEqual(ids(1, 9))
    expect(second.code).toBe(0)
  })

  it('by number alone gives the same rows', async () => {
    await using nights = await openNights()
    await nights.store(plant(5))
    const { manifest } = await nights.night()
    await nights.store(plant(1))
    const { through } = manifest.increment as { through: number }
    const second = await nights.night('--after', String(through))
    expect(idsOf(second.rows)).toEqual(ids(1))
  })

  it('gives nothing twice, and after an empty night goes on', async () => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night()
    const empty = await nights.night('--since', first.out)
    expect(empty.code).toBe(1)
    expect(empty.stdout).toBe('No rows. No transcript is as the filters ask\n')
    await nights.store(plant(2))
    const third = await nights.night('--since', empty.out)
    expect(idsOf(third.rows)).toEqual(ids(2))
  })

  it('takes back what somebody labelled bad, and what was edited gives as it now is', async () => {
    await using nights = await openNights()
    await nights.store(plant(1), plant(2), plant(3))
    const first = await nights.night()
    await nights.label(1, { kind: 'bad' })
    await nights.label(2, { kind: 'edited_answer', answer: 'Quite another answer.' })
    const second = await nights.night('--since', first.out)
    expect(second.tombstones).toEqual([
      { id: `${idOf(1)}#0`, transcript: idOf(1), reason: 'label_bad' },
      { id: `${idOf(2)}#0`, transcript: idOf(2), reason: 'replaced' },
    ])
    expect(idsOf(second.rows)).toEqual(ids(2))
    expect(JSON.stringify(second.rows)).toContain('Quite another answer.')
    expect(second.manifest.increment).toMatchObject({
      tombstones: { label_bad: 1, replaced: 1 },
    })
  })

  it('takes back the rows of a person who is deleted, with or without new rows', async () => {
    await using nights = await openNights()
    await nights.store({ ...plant(1), subject: ANN }, plant(2))
    const first = await nights.night()
    await nights.deleteSubject(ANN)
    const second = await nights.night('--since', first.out)
    expect(second.tombstones).toEqual([
      { id: `${idOf(1)}#0`, transcript: idOf(1), reason: 'deleted' },
    ])
    expect(second.code).toBe(0)
    expect(second.stdout).toContain('1 rows of earlier exports to be taken out: tombstones.jsonl')
  })

  it('takes back nothing that was never given', async () => {
    await using nights = await openNights()
    await nights.store(plant(1), plant(2, { decision: 'comply', consent: 'audit' }))
    const first = await nights.night()
    await nights.store({ ...plant(3), subject: ANN })
    await nights.label(2, { kind: 'bad' })
    await nights.deleteSubject(ANN)
    const second = await nights.night('--since', first.out)
    expect(second.tombstones).toEqual([])
    expect(second.rows).toEqual([])
  })

  it('leaves what is old where it was given, and counts it', async () => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night()
    await nights.expire()
    const second = await nights.night('--since', first.out)
    expect(second.tombstones).toEqual([])
    expect(second.manifest.increment).toMatchObject({ expired: 1, tombstones: {} })
  })

  it('takes back the rows of a person who is deleted when they were too old to be there', async () => {
    await using nights = await openNights()
    await nights.store({ ...plant(1), subject: ANN }, plant(2))
    const first = await nights.night()
    await nights.expire()
    const second = await nights.night('--since', first.out)
    await nights.deleteSubject(ANN)
    await nights.deleteSubject(ANN)
    const third = await nights.night('--since', second.out)
    const gone = { transcript: idOf(1), reason: 'deleted' }
    expect(third.tombstones).toEqual([{ id: `${idOf(1)}#0`, ...gone }])
    const { through } = second.manifest.increment as { through: number }
    const byNumber = await nights.night('--after', String(through))
    expect(byNumber.tombstones).toEqual([{ id: idOf(1), ...gone }])
  })

  it('leaves out what is like a row of any earlier one of its chain', async () => {
    await using nights = await openNights()
    const answer = 'An answer that two of them have in common, to the last word of it all.'
    const twin = { prompt: 'How do I keep moles out of a garden?', answer }
    await nights.store(plant(1, twin))
    const first = await nights.night()
    await nights.store(plant(2))
    const second = await nights.night('--since', first.out)
    await nights.store(plant(3, twin))
    const third = await nights.night('--since', second.out)
    expect(third.rows).toEqual([])
    expect(third.manifest.dropped).toMatchObject({ duplicate_exact: 1 })
  })

  it('holds nothing against what was taken back', async () => {
    await using nights = await openNights()
    const answer = 'An answer that two of them have in common, to the last word of it all.'
    const twin = { prompt: 'How do I keep moles out of a garden?', answer }
    await nights.store(plant(1, twin))
    const first = await nights.night()
    await nights.label(1, { kind: 'bad' })
    const second = await nights.night('--since', first.out)
    await nights.store(plant(3, twin))
    const third = await nights.night('--since', second.out)
    expect(idsOf(third.rows)).toEqual(ids(3))
  })

  it('holds nothing against what was taken back, though it is too old by now', async () => {
    await using nights = await openNights()
    const answer = 'An answer that two of them have in common, to the last word of it all.'
    const twin = { prompt: 'How do I keep moles out of a garden?', answer }
    await nights.store(plant(1, twin))
    const first = await nights.night()
    await nights.label(1, { kind: 'bad' })
    const second = await nights.night('--since', first.out)
    await nights.expire()
    await nights.store(plant(3, twin))
    const third = await nights.night('--since', second.out)
    expect(idsOf(third.rows)).toEqual(ids(3))
  })

  it('asks alone for what the earlier one was asked for', async () => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const asked = ['--format', 'kto', '--split', '60/20/20', '--lang', 'en', '--lang', 'de']
    const caps = ['--hazard-words', '50', '--near-duplicates', '0.7', '--max-per-tenant', '9']
    const filters = ['--to', '2100-01-01', '--tenant', 'acme', '--drop-special', '--internal']
    const first = await nights.night(...asked, ...caps, ...filters)
    await nights.store(plant(2))
    const second = await nights.night('--since', first.out)
    expect(readManifest(second.out).arguments).toEqual(readManifest(first.out).arguments)
  })

  it.each([
    ['judge'],
    ['transcript'],
    ['transcript', '--remove-duplicates', '--near-duplicates', 'off'],
    ['sft', '--no-redaction', '--min-score', 'style=2', '--min-samples', '1'],
    ['sft-cot', '--think-tags', '--keep-duplicates', '--app', 'default'],
  ])('asks alone for %s again', async (...asked) => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night('--format', ...asked)
    await nights.store(plant(2))
    const second = await nights.night('--since', first.out)
    expect(readManifest(second.out).arguments).toEqual(readManifest(first.out).arguments)
  })

  it('wants the redactor again that the earlier one went through', async () => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night('--redactor', 'cat')
    await nights.store(plant(2))
    const without = await nights.night('--since', first.out)
    expect([without.code, without.stderr]).toEqual([
      2,
      'Give --redactor again with --since: the rows of that export went through one (cat), and its manifest does not hold the command\n',
    ])
    const second = await nights.night('--since', first.out, '--redactor', 'cat')
    expect(idsOf(second.rows)).toEqual(ids(2))
  })

  it('is found by its id, its manifest and its folder', async () => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night()
    const id = /ex_[0-9a-f]{32}/.exec(first.stdout)?.[0] ?? ''
    await nights.store(plant(2))
    for (const since of [id, first.out, `${first.out}/manifest.json`]) {
      expect(idsOf((await nights.night('--since', since)).rows)).toEqual(ids(2))
    }
  })

  it('goes on from one out of which somebody was taken', async () => {
    await using nights = await openNights()
    await nights.store({ ...plant(1), subject: ANN }, plant(2))
    const first = await nights.night()
    await nights.deleteSubject(ANN)
    expect((await nights.chambers('harvest', 'scrub', first.out)).code).toBe(0)
    await nights.store(plant(3))
    const second = await nights.night('--since', first.out)
    expect([second.code, idsOf(second.rows)]).toEqual([0, ids(3)])
  })

  it.each([
    [['--format', 'kto'], 'format'],
    [['--lang', 'de'], 'cascade.languages'],
    [['--app', 'other'], 'filter.app'],
  ])('is refused with other arguments than %j', async (args, named) => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night()
    const second = await nights.night('--since', first.out, ...args)
    expect(second.code).toBe(2)
    expect(second.stderr).toContain(`That export was made with other arguments (${named})`)
  })

  it.each([
    ['evaluations', '--decontaminate', 'That export was made with other arguments (decontaminate)'],
    ['a program that redacts', '--redactor', 'Give --redactor again with --since'],
  ])('is refused without %s that it was made with', async (_, option, told) => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const file = join(nights.folder, 'held-out.txt')
    writeFileSync(file, 'Eight words that no row of it may hold at all\n')
    const script = join(nights.folder, 'redactor.mjs')
    writeFileSync(script, ECHO)
    const given = option === '--redactor' ? `${process.execPath} ${script}` : file
    const first = await nights.night(option, given)
    expect([first.code, first.stderr.includes('rror')]).toEqual([0, false])
    const other = await nights.night('--since', first.out)
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining(told) as string])
    await nights.store(plant(2))
    const same = await nights.night('--since', first.out, option, given)
    expect(idsOf(same.rows)).toEqual(ids(2))
  })

  it.each([
    ['nowhere', 'Name the folder of an earlier export with --since'],
    [`ex_${'0'.repeat(32)}`, 'No export by this name was noted here'],
  ])('is refused where there is none: %s', async (since, said) => {
    await using nights = await openNights()
    const { code, stderr } = await nights.night('--since', since)
    expect(code).toBe(2)
    expect(stderr).toContain(said)
  })

  it('refuses a cursor of another store, and a second way to say where to begin', async () => {
    await using nights = await openNights()
    await nights.store(plant(1))
    const first = await nights.night()
    const ahead = await nights.night('--after', '1000')
    expect(ahead.stderr).toContain('The store has come to number 1, and not to 1000')
    const both = await nights.night('--after', '1', '--since', first.out)
    expect(both.stderr).toContain('Give one of --after and --since')
    expect([ahead.code, both.code]).toEqual([2, 2])
  })

  it('makes, with all before it, what a whole one gives', async () => {
    await using nights = await openNights()
    await nights.store(plant(1), { ...plant(2), subject: ANN }, plant(3))
    const first = await nights.night()
    await nights.store(plant(7), plant(4))
    await nights.label(3, { kind: 'edited_answer', answer: 'As it should have been.' })
    const second = await nights.night('--since', first.out)
    await nights.deleteSubject(ANN)
    await nights.label(4, { kind: 'bad' })
    await nights.store(plant(5))
    const third = await nights.night('--since', second.out)
    const whole = await nights.night()
    expect(kept([first, second, third])).toEqual(kept([whole]))
  })
})
