/**
 * Increments over any database and any blobs: whatever comes between them, in whatever order, all of them together are what a whole
 * export gives, and nothing is given twice. It runs on Node and on workerd alike.
 */
import { describe, expect, it } from 'vitest'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { cascadeOptionsSchema } from '../../../src/harvest/export/cascade.ts'
import { parseSplits } from '../../../src/harvest/export/examples/split.ts'
import { createExporting } from '../../../src/harvest/export/serving/serve-export.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import type { Compression } from '../../../src/lib/compression.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import { takeEntries } from '../../../src/transcript/spool/drain.ts'
import { createDeletions } from '../../../src/transcript/store/delete-subject.ts'
import { packEntry, toEntry } from '../../../src/transcript/store/entry.ts'
import { createExportStore } from '../../../src/transcript/store/exports.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { idOf } from '../../fakes/logged-transcripts.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import type { OpenStorage } from '../transcript/store-suite.ts'
import { kept, type Tombstone } from './increment-kept.ts'
import { plant } from './stages/plant.ts'

const ANYTHING = {
  tenants: null,
  policy: null,
  digest: null,
  section: null,
  app: null,
  model: null,
  session: null,
  mode: null,
  outcome: null,
  decision: null,
  from: null,
  to: null,
} as const

const STEPS = 40
const NIGHTS = 5

function subjectOf(number: number): string {
  return (number % 4).toString(16).padStart(64, '0')
}

export function describeIncrements(
  name: string,
  open: OpenStorage,
  compression: Compression,
): void {
  const openStore = async () => {
    const { database, blobs } = await open()
    const migrated = await migrate(database)
    if (!migrated.ok) throw new Error(migrated.failure.message)
    const clock = { time: Date.UTC(2027, 0, 1), now: () => clock.time++, monotonic: () => 0 }
    const audit = createAuditLog({ database, clock })
    const exports = createExportStore({ database, audit })
    const ports = { database, blobs, audit, clock, exports, metrics: noMetrics, compression }
    const store = createTranscriptStore(ports)
    const labels = createLabelStore({ ...ports, random: systemRandom, packing: compression })
    // One for each night: the place of one that has just ended is free a moment later.
    const exporting = () =>
      createExporting({
        ...ports,
        labels,
        random: systemRandom,
        sha256: sha256Hex,
        protocol: { digest: 'p', texts: {} },
        builtIn: [],
        report: () => {},
        digestStream: async (stream) => sha256Hex(await new Response(stream).bytes()),
      })
    const splits = parseSplits('100/0/0')
    if (!splits.ok) throw new Error('The splits are splits')
    const night = async (since: string | null) => {
      const served = await exporting().serveExport({
        actor: 'admin:ada',
        filter: ANYTHING,
        seesPolicy: () => true,
        increment: { after: null, since },
        as: 'parts',
        takesSealed: false,
        signal: new AbortController().signal,
        options: {
          format: { name: 'sft', withReasoning: false, thinkTags: false },
          cascade: cascadeOptionsSchema.parse({ format: 'sft', internal: true }),
          splits: splits.value,
          split: null,
          encoding: 'jsonl',
          codec: 'snappy',
        },
      })
      if (!served.ok) throw new Error(served.failure.message ?? served.failure.reason)
      const lines = (await new Response(served.value.body).text()).split('\n').filter(Boolean)
      const parts = lines.map((line) => JSON.parse(line) as JsonObject)
      return {
        id: served.value.id,
        rows: parts.flatMap(({ row }) => (row === undefined ? [] : [row as JsonObject])),
        tombstones: parts.flatMap(({ gone }) => (gone === undefined ? [] : [gone as Tombstone])),
      }
    }
    return {
      database,
      night,
      append: async (transcript: Transcript) => {
        expect(await store.append([await toEntry(transcript, compression)])).toMatchObject({
          ok: true,
        })
      },
      drain: async (packed: readonly Uint8Array[]) => {
        const taken = await takeEntries(packed, { store, metrics: noMetrics })
        expect(taken).toMatchObject({ ok: true, refused: [] })
      },
      label: (
        number: number,
        said: { kind: 'bad' } | { kind: 'edited_answer'; answer: string },
      ) => {
        const nothing = { decision: null, clauses: [], answer: null, note: null }
        const label = { ...nothing, ...said, transcript: idOf(number), author: 'admin:ada' }
        return labels.add(label, () => true)
      },
      deleteSubject: (subject: string) =>
        createDeletions(ports).deleteSubject({ subject, tenants: null, actor: 'admin:ada' }),
    }
  }

  describe(`${name}: increments`, () => {
    it.each([1, 2, 3, 4])(
      'together are what a whole export gives, whatever comes between them (%i)',
      async (seed) => {
        const store = await openStore()
        const { fraction } = createSeededRandom(seed)
        const upTo = (count: number) => Math.floor(fraction() * count)
        // Numbers tell when they were asked for; the order of storing is another.
        const asked = Array.from({ length: STEPS }, (_, index) => index + 1)
        const waiting = asked.toSorted(() => fraction() - 0.5)
        const stored: number[] = []
        let spooled: Uint8Array[] = []
        const nights: Awaited<ReturnType<typeof store.night>>[] = []
        for (let step = 1; waiting.length > 0; step++) {
          const chance = upTo(10)
          const number = stored[upTo(stored.length)] ?? 0
          const next = waiting.pop() ?? 0
          const transcript = { ...plant(next), subject: subjectOf(next) }
          if (chance < 3) spooled.push(packEntry(await toEntry(transcript, compression)))
          else await store.append(transcript)
          stored.push(next)
          if (chance === 4) await store.drain([...spooled, ...spooled.splice(0)])
          if (chance === 5) await store.label(number, { kind: 'bad' })
          if (chance === 6)
            await store.label(number, { kind: 'edited_answer', answer: `It is ${step}.` })
          if (chance === 7 && step > 30) await store.deleteSubject(subjectOf(upTo(4)))
          if (step % (STEPS / NIGHTS) === 0)
            nights.push(await store.night(nights.at(-1)?.id ?? null))
        }
        await store.drain(spooled)
        spooled = []
        nights.push(await store.night(nights.at(-1)?.id ?? null))
        expect(kept(nights)).toEqual(kept([await store.night(null)]))
        expect(nights.filter(({ rows }) => rows.length > 0).length).toBeGreaterThan(2)
        await store.database.close()
      },
    )
  })
}
