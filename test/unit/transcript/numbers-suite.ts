/** The order in which things were stored, over any database and any blobs. It runs on Node and on workerd alike. */
import { describe, expect, it } from 'vitest'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { MIGRATIONS } from '../../../src/database/migrations.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import type { Compression } from '../../../src/lib/compression.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { ROW_COLUMNS, ROW_PLACEHOLDERS, rowParams } from '../../../src/transcript/record/row.ts'
import { settleNumbers } from '../../../src/transcript/store/changes.ts'
import { createDeletions } from '../../../src/transcript/store/delete-subject.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import { createExportStore } from '../../../src/transcript/store/exports.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { createExpire } from '../../../src/transcript/store/retention.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { sampleTranscript, sampleTranscriptOptions } from '../../fakes/deliberation.ts'
import type { OpenStorage } from './store-suite.ts'

const ANN = 'a'.repeat(64)

export function describeNumbers(name: string, open: OpenStorage, compression: Compression): void {
  const openNumbered = async () => {
    const { database, blobs } = await open()
    const migrated = await migrate(database)
    if (!migrated.ok) throw new Error(migrated.failure.message)
    const clock = {
      time: sampleTranscriptOptions.time + 1_000,
      now: () => clock.time,
      monotonic: () => 0,
    }
    const audit = createAuditLog({ database, clock })
    const ports = { database, blobs, audit, clock, metrics: noMetrics }
    const exports = createExportStore({ database, audit })
    const store = createTranscriptStore({ database, blobs, compression })
    const labels = createLabelStore({ ...ports, random: systemRandom, packing: compression })
    return {
      database,
      clock,
      store,
      ...createDeletions({ ...ports, exports }),
      expire: createExpire({ ...ports, daysOf: async () => 1, pause: async () => {} }),
      append: async (...numbers: readonly number[]) => {
        const all = numbers.map((number) => toEntry(sampleTranscript(number), compression))
        expect(await store.append(await Promise.all(all))).toMatchObject({ ok: true })
      },
      label: (number: number) => {
        const said = { decision: null, clauses: [], answer: null, note: 'A note' } as const
        const { id: transcript } = sampleTranscript(number)
        return labels.add({ ...said, transcript, author: 'admin:ada', kind: 'note' }, () => true)
      },
      changes: async () => {
        await settleNumbers(database)
        const rows = await database.all('SELECT kind, transcript_id FROM changes ORDER BY number')
        return rows.map(({ kind, transcript_id }) => [kind, Number(String(transcript_id).slice(3))])
      },
    }
  }

  describe(`${name}: the order in which things were stored`, () => {
    it('numbers transcripts and labels as they come, whenever a request began', async () => {
      const { append, label, changes, database } = await openNumbered()
      await append(3)
      await changes()
      await append(1)
      await changes()
      await label(3)
      await changes()
      await append(2)
      expect(await changes()).toEqual([
        ['transcript', 3],
        ['transcript', 1],
        ['label', 3],
        ['transcript', 2],
      ])
      await database.close()
    })

    it('gives no second number to what is appended again', async () => {
      const { append, changes, database } = await openNumbered()
      await append(1, 2)
      await append(2, 1)
      expect(await changes()).toHaveLength(2)
      await database.close()
    })

    it('tells a number with each row, and the last of all', async () => {
      const { append, store, database } = await openNumbered()
      await append(1)
      await append(2)
      const { id } = sampleTranscript(2)
      const last = await settleNumbers(database)
      expect((await store.read(id))?.row.number).toBe(last)
      await database.close()
    })

    it('keeps of a person who is deleted that they went, and nothing that was said of them', async () => {
      const { append, label, deleteSubject, changes, database } = await openNumbered()
      await append(1)
      await label(1)
      await deleteSubject({ subject: ANN, tenants: null, actor: 'admin:ada' })
      expect((await changes()).at(-1)).toEqual(['delete', 1])
      expect(
        await database.all("SELECT kind FROM changes WHERE kind IN ('transcript', 'label')"),
      ).toEqual([])
      await database.close()
    })

    it('never gives a number again, though what had it is removed', async () => {
      const { append, deleteSubject, changes, database } = await openNumbered()
      await append(1)
      await changes()
      const before = await settleNumbers(database)
      await deleteSubject({ subject: ANN, tenants: null, actor: 'admin:ada' })
      const sql = `SELECT kind FROM changes WHERE number > ?`
      expect(await settleNumbers(database)).toBeGreaterThan(before)
      expect(await database.all(sql, [before])).toEqual([{ kind: 'delete' }])
      await database.close()
    })

    it('tells retention from a deletion, and numbers anew what comes again', async () => {
      const { append, expire, changes, clock, database } = await openNumbered()
      await append(1)
      await changes()
      clock.time += 2 * 86_400_000
      await expire({ signal: null, limit: 10 })
      await changes()
      await append(1)
      expect((await changes()).slice(-2)).toEqual([
        ['expire', 1],
        ['transcript', 1],
      ])
      await database.close()
    })

    it('numbers by time what an older program has stored', async () => {
      const { database } = await open()
      await migrate(
        database,
        MIGRATIONS.filter(({ version }) => version < 9),
      )
      for (const number of [2, 1]) {
        const { row } = await toEntry(sampleTranscript(number), compression)
        const params = rowParams({ ...row, time: number, contentKey: null })
        const sql = `INSERT INTO transcripts (${ROW_COLUMNS}) VALUES (${ROW_PLACEHOLDERS})`
        await database.batch([{ sql, params }])
      }
      const { id } = sampleTranscript(1)
      const sql = `INSERT INTO labels (id, transcript_id, time, author, kind, clauses) VALUES ('lb_1', ?, 1, 'a', 'good', '[]')`
      await database.batch([{ sql, params: [id] }])
      await migrate(database)
      const rows = await database.all('SELECT number, kind, time FROM changes ORDER BY number')
      expect(rows).toEqual([
        { number: 1, kind: 'transcript', time: 1 },
        { number: 2, kind: 'label', time: 1 },
        { number: 3, kind: 'transcript', time: 2 },
      ])
      await database.close()
    })
  })
}
