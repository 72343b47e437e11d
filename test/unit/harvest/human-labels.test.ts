import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { readConfig } from '../../../src/start/config.ts'
import { openDatabase } from '../../../src/start/node/open-database.node.ts'
import type { HumanLabel } from '../../../src/transcript/record/label.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { idOf } from '../../fakes/logged-transcripts.ts'
import { exportFrom, readManifest, readRows, storeOf, withFailedDraft } from './export-scene.ts'
import { plant } from './stages/plant.ts'

const RELEASED = 'The answer that was released, in words of its own.'
const DRAFT = 'The draft that had failed before it, in quite other words.'
const EDITED = 'What a person wrote in place of both of them.'

type Said = Partial<HumanLabel> & Pick<HumanLabel, 'kind'>

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A transcript that was released as safe_complete, after a draft that had complied and failed; and what people say of it. */
async function labelled(...said: readonly Said[]) {
  const failed = withFailedDraft(plant(1, { answer: RELEASED }), DRAFT)
  const [draft, released] = failed.attempts
  if (!draft || !released) throw new Error('There are two')
  const reasoning = 'A hasty thought.\ndecision: comply; clauses: SHM1'
  const attempts = [{ ...draft, decision: 'comply' as const, reasoning }, released]
  const folder = await storeOf([{ ...failed, attempts }, plant(2)])
  folders.push(folder)
  const read = readConfig({ DATA_DIR: folder }, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  const database = await openDatabase(read.value.config)
  let time = 1_000
  const clock = { now: () => time++, monotonic: () => 0 }
  const audit = createAuditLog({ database, clock })
  const packing = zlibCompression
  const labels = createLabelStore({ database, audit, clock, packing, random: systemRandom })
  const nothing = { decision: null, clauses: [], answer: null, note: null }
  for (const label of said) {
    const whose = { transcript: idOf(1), author: 'admin:ada' }
    await labels.add({ ...nothing, ...whose, ...label }, () => true)
  }
  await database.close()
  let places = 0
  return async (format: string, ...args: readonly string[]) => {
    const out = join(folder, `out-${++places}`)
    await exportFrom(folder, '--format', format, '--out', out, ...args)
    const manifest = readManifest(out)
    const rows = manifest.rows === 0 ? [] : readRows(join(out, 'train.jsonl'))
    const card = readFileSync(join(out, 'README.md'), 'utf8')
    return { rows: rows.filter(({ id }) => JSON.stringify(id).includes(idOf(1))), manifest, card }
  }
}

const last = (messages: unknown) => (messages as JsonObject[]).at(-1)?.content

const edited = { kind: 'edited_answer', answer: EDITED } as const
const overturned = { kind: 'wrong_decision', decision: 'comply', clauses: ['SHM1'] } as const

describe('what people say of an answer', () => {
  it.each<[string, readonly Said[], string | null, string | null]>([
    ['nothing', [], RELEASED, null],
    ['a note', [{ kind: 'note', note: 'Look at this' }], RELEASED, null],
    ['good', [{ kind: 'good' }], RELEASED, null],
    ['bad', [{ kind: 'bad' }], null, 'label_bad'],
    ['another answer', [edited], EDITED, null],
    ['bad, and another answer', [{ kind: 'bad' }, edited], EDITED, null],
    [
      'another answer that a second person finds bad',
      [edited, { kind: 'bad', author: 'admin:bob' }],
      null,
      'label_bad',
    ],
    ['wrongly decided', [overturned], null, 'label_wrong_decision'],
    ['wrongly decided, and another answer', [overturned, edited], EDITED, null],
  ])('%s: decides what is learnt in sft', async (_, said, answer, reason) => {
    const { rows, manifest } = await (await labelled(...said))('sft')
    expect([rows.map(({ messages }) => last(messages)), manifest.dropped]).toEqual([
      answer === null ? [] : [answer],
      reason === null ? {} : { [reason]: 1 },
    ])
  })

  it.each<[string, readonly Said[], readonly (readonly [string, string])[]]>([
    ['nothing', [], [[RELEASED, DRAFT]]],
    [
      'another answer',
      [edited],
      [
        [EDITED, RELEASED],
        [EDITED, DRAFT],
      ],
    ],
    ['bad', [{ kind: 'bad' }], []],
    ['wrongly decided, as a draft had not', [overturned], [[DRAFT, RELEASED]]],
    ['wrongly decided, as every draft had', [{ ...overturned, decision: 'refuse' }], []],
    [
      'wrongly decided, by two who differ',
      [overturned, { ...overturned, decision: 'refuse', author: 'admin:bob' }],
      [],
    ],
    [
      'wrongly decided, and another answer',
      [overturned, edited],
      [
        [EDITED, RELEASED],
        [EDITED, DRAFT],
      ],
    ],
  ])('%s: decides the pairs of preference', async (_, said, pairs) => {
    const { rows } = await (await labelled(...said))('preference')
    expect(rows.map(({ chosen, rejected }) => [last(chosen), last(rejected)])).toEqual(pairs)
  })

  it.each<[string, readonly Said[], readonly (readonly [string, boolean])[]]>([
    [
      'nothing',
      [],
      [
        [RELEASED, true],
        [DRAFT, false],
      ],
    ],
    [
      'bad',
      [{ kind: 'bad' }],
      [
        [RELEASED, false],
        [DRAFT, false],
      ],
    ],
    [
      'another answer',
      [edited],
      [
        [EDITED, true],
        [RELEASED, false],
        [DRAFT, false],
      ],
    ],
    ['wrongly decided, as a draft had not', [overturned], [[RELEASED, false]]],
  ])('%s: is the label of kto', async (_, said, labels) => {
    const { rows } = await (await labelled(...said))('kto')
    expect(rows.map(({ completion, label }) => [last(completion), label])).toEqual(labels)
  })

  it('tells a reward the right decision, and nothing where two people name two', async () => {
    const one = await (await labelled(overturned))('rl')
    expect(one.rows).toMatchObject([{ ideal_response: 'comply' }])
    const other = { ...overturned, decision: 'refuse', author: 'admin:bob' } as const
    const two = await (await labelled(overturned, other))('rl')
    expect([two.rows, two.manifest.dropped]).toEqual([[], { label_disputed: 1 }])
  })

  it('drops no record of what happened, nor does it say that something else was released', async () => {
    const ask = await labelled({ kind: 'bad' }, edited)
    const judged = await ask('judge')
    expect(judged.rows.map(({ answer, released }) => [last(answer), released])).toEqual([
      [RELEASED, true],
      [RELEASED, true],
      [DRAFT, false],
    ])
    const { rows } = await ask('transcript')
    expect(rows[0]?.labels).toContain(EDITED)
  })

  it('asks of a draft that a person defends the scores that were asked for', async () => {
    const ask = await labelled(overturned)
    const { rows, manifest } = await ask('preference', '--min-score', 'helpfulness=10')
    expect([rows, manifest.dropped]).toMatchObject([[], { judge_low: expect.any(Number) }])
  })

  it('stands in manifest and card', async () => {
    const { manifest, card } = await (await labelled(overturned, edited))('preference')
    expect(manifest).toMatchObject({
      labelled: 1,
      people: { labels: { edited_answer: 1, wrong_decision: 1 }, chosen: { edit: 1 } },
    })
    expect(card).toContain('Human labels were used: 1 examples carry some')
    expect(card).toContain('Written by a person instead of what was released: 1.')
    const without = await (await labelled())('preference')
    expect(without.card).toContain('No example here carries a label of a person.')
  })
})
