/** What becomes of stored transcripts, over any database and any blobs. It runs on Node and on workerd alike. */
import { describe, expect, it } from 'vitest'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import type { Compression } from '../../../src/lib/compression.ts'
import { createCandidateReviews } from '../../../src/revisions/watching/candidate-reviews.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import { takeEntries } from '../../../src/transcript/spool/drain.ts'
import { createDeletions } from '../../../src/transcript/store/delete-subject.ts'
import { packEntry, toEntry } from '../../../src/transcript/store/entry.ts'
import {
  createExportStore,
  type ExportedRow,
  type ExportRecord,
} from '../../../src/transcript/store/exports.ts'
import { createLabelStore } from '../../../src/transcript/store/labels.ts'
import { createExpire } from '../../../src/transcript/store/retention.ts'
import type { Blobs } from '../../../src/transcript/store/sink.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { sampleDeliberation, sampleTranscript } from '../../fakes/deliberation.ts'
import { countingMetrics } from '../../fakes/storage.ts'
import type { OpenStorage } from './store-suite.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 5, 15, 12)
const ANN = 'a'.repeat(64)
const BOB = 'b'.repeat(64)

const madeExport: ExportRecord = {
  id: 'ex_1',
  time: NOW - 1_000,
  actor: 'admin:ada',
  format: 'sft',
  filters: { outcome: 'released' },
  manifestDigest: 'c'.repeat(64),
}

function row(number: number, subject: string | null, choice = 0): ExportedRow {
  const transcript = `tr_${number}`
  return { transcript, id: `${transcript}#${choice}`, tenant: 'acme', subject, split: 'train' }
}

export function describeCustody(name: string, open: OpenStorage, compression: Compression): void {
  const openCustody = async () => {
    const { database, blobs } = await open()
    const migrated = await migrate(database)
    if (!migrated.ok) throw new Error(migrated.failure.message)
    const clock = {
      time: NOW,
      now: () => clock.time,
      monotonic: () => clock.time,
    }
    const audit = createAuditLog({ database, clock })
    const metrics = countingMetrics()
    const exports = createExportStore({ database, audit })
    const days = new Map<string, number>()
    const pauses: number[] = []
    const ports = { database, blobs, audit, clock, metrics, exports }
    const store = createTranscriptStore({ database, blobs, compression })
    return {
      ...ports,
      days,
      pauses,
      store,
      labels: createLabelStore({ ...ports, random: systemRandom, packing: compression }),
      reviews: createCandidateReviews(database),
      ...createDeletions(ports),
      expire: createExpire({
        ...ports,
        daysOf: async (_, digest) => days.get(digest) ?? 30,
        pause: async (ms) => {
          pauses.push(ms)
        },
      }),
      append: async (...transcripts: readonly Transcript[]) => {
        const entries = transcripts.map((one) => toEntry(one, compression))
        const appended = await store.append(await Promise.all(entries))
        if (!appended.ok) throw new Error(appended.failure.detail)
      },
      ids: async () => {
        const rows = await database.all('SELECT id FROM transcripts ORDER BY id')
        return rows.map((row) => Number.parseInt(String(row.id).slice(3), 16))
      },
    }
  }
  type Custody = Awaited<ReturnType<typeof openCustody>>

  /** Of a subject of acme's, a minute ago, unless said otherwise. */
  const of = (
    number: number,
    subject: string | null,
    { tenant = 'acme', time = NOW - 60_000, digest = 'b'.repeat(64) } = {},
  ): Transcript =>
    sampleTranscript(number, {
      subject,
      time,
      principal: { tenant, app: 'chat', consent: 'harvest' },
      deliberation: { ...sampleDeliberation, bundle: { ...sampleDeliberation.bundle, digest } },
    })

  const label = async ({ labels }: Custody, number: number) => {
    const { id: transcript } = sampleTranscript(number)
    const said = { decision: null, clauses: [], answer: null, note: 'A note' } as const
    const made = { ...said, transcript, author: 'admin:ada', kind: 'note' } as const
    return labels.add(made, () => true)
  }

  const review = ({ reviews }: Custody, number: number) =>
    reviews.add({
      transcript: sampleTranscript(number).id,
      time: NOW,
      tenant: 'acme',
      policy: 'default',
      version: 1,
      candidate: 'd'.repeat(64),
      agreement: 'agree',
      sections: [],
      reasons: [],
      failure: null,
    })

  const contentOf = (blobs: Blobs, number: number) =>
    blobs.get(`transcripts/${sampleTranscript(number).id}.json.gz`)

  const deletion = { subject: ANN, tenants: ['acme'], actor: 'admin:ada' }

  describe(`${name}: a deletion`, () => {
    it('removes rows, content, labels and candidate reviews of the subject, and of nobody else', async () => {
      const custody = await openCustody()
      const { append, deleteSubject, database, blobs, ids, metrics } = custody
      await append(of(1, ANN), of(2, ANN), of(3, BOB), of(4, null), of(5, ANN, { tenant: 'other' }))
      for (const number of [1, 1, 3]) await label(custody, number)
      for (const number of [2, 3]) await review(custody, number)
      expect(await deleteSubject(deletion)).toEqual({
        transcripts: 2,
        labels: 2,
        candidateReviews: 1,
        exports: [],
      })
      expect(await ids()).toEqual([3, 4, 5])
      const kept = await Promise.all([1, 2, 3].map((number) => contentOf(blobs, number)))
      expect(kept.map((bytes) => bytes !== null)).toEqual([false, false, true])
      const beside = ['labels', 'candidate_reviews'].map((table) =>
        database.all(`SELECT transcript_id FROM ${table}`),
      )
      const { id } = sampleTranscript(3)
      expect(await Promise.all(beside)).toEqual([[{ transcript_id: id }], [{ transcript_id: id }]])
      expect(metrics.fates).toEqual(['deleted', 'deleted'])
      await database.close()
    })

    it('goes on to the last of many', async () => {
      const { append, deleteSubject, ids, database } = await openCustody()
      await append(...Array.from({ length: 450 }, (_, index) => of(index + 1, ANN)), of(451, BOB))
      expect(await deleteSubject(deletion)).toMatchObject({ transcripts: 450 })
      expect(await ids()).toEqual([451])
      await database.close()
    })

    it('keeps out what was waiting in a spool, and takes what comes later', async () => {
      const { deleteSubject, store, metrics, ids, blobs, clock, append, database } =
        await openCustody()
      const waiting = await Promise.all(
        [of(1, ANN), of(2, BOB), of(3, ANN, { tenant: 'other' })].map(async (one) =>
          packEntry(await toEntry(one, compression)),
        ),
      )
      expect(await deleteSubject(deletion)).toMatchObject({ transcripts: 0 })
      expect(await takeEntries(waiting, { store, metrics })).toEqual({ ok: true, refused: [] })
      expect(await ids()).toEqual([2, 3])
      expect(await contentOf(blobs, 1)).toBeNull()
      clock.time += 10
      await append(of(4, ANN, { time: NOW + 1 }), of(5, ANN, { time: NOW }))
      expect(await ids()).toEqual([2, 3, 4])
      expect([await contentOf(blobs, 4), await contentOf(blobs, 5)]).toEqual([
        expect.any(Uint8Array),
        null,
      ])
      expect(await deleteSubject(deletion)).toMatchObject({ transcripts: 1 })
      expect(await ids()).toEqual([2, 3])
      await database.close()
    })

    it.each<[string, readonly string[] | null, readonly number[]]>([
      ['every tenant', null, []],
      ['some tenants', ['other', 'third'], [1]],
      ['no tenant', [], [1, 2]],
    ])('of %s stays within them', async (_, tenants, left) => {
      const { append, deleteSubject, ids, database } = await openCustody()
      await append(of(1, ANN), of(2, ANN, { tenant: 'other' }))
      await deleteSubject({ ...deletion, tenants })
      expect(await ids()).toEqual(left)
      await append(of(1, ANN), of(2, ANN, { tenant: 'other' }))
      expect(await ids()).toEqual(left)
      await database.close()
    })

    it.each([
      ['its tenant', ['acme']],
      ['every tenant', null],
    ])(
      'of %s gets hold of a row that was being written meanwhile, if it is recent',
      async (_, tenants) => {
        const custody = await openCustody()
        const { append, deleteSubject, finishRecent, ids, clock, database } = custody
        await append(of(1, BOB), of(2, null), of(3, BOB, { tenant: 'other' }))
        await deleteSubject({ ...deletion, tenants })
        // As a transaction leaves it that ends after the note, and began before it.
        const slip = (number: number) =>
          database.batch([
            {
              sql: 'UPDATE transcripts SET subject = ? WHERE id = ?',
              params: [ANN, sampleTranscript(number).id],
            },
          ])
        await slip(1)
        clock.time += 60_000
        expect(await finishRecent()).toBe(1)
        expect(await ids()).toEqual([2, 3])
        await slip(2)
        clock.time += 15 * 60_000
        expect(await finishRecent()).toBe(0)
        await database.close()
      },
    )

    it('takes no word of a candidate on what it has removed, and those on all else', async () => {
      const custody = await openCustody()
      const { append, deleteSubject, database } = custody
      // A row that a spool still holds is not there yet.
      await review(custody, 4)
      await append(of(1, ANN, { time: NOW }), of(2, BOB, { time: NOW }))
      await deleteSubject(deletion)
      await review(custody, 1)
      await review(custody, 2)
      const rows = await database.all('SELECT transcript_id FROM candidate_reviews ORDER BY 1')
      const ids = [2, 4].map((number) => ({ transcript_id: sampleTranscript(number).id }))
      expect(rows).toEqual(ids)
      await database.close()
    })

    it('is in the audit log without the subject', async () => {
      const { append, deleteSubject, audit, database } = await openCustody()
      await append(of(1, ANN))
      await deleteSubject(deletion)
      const entries = await audit.read(0, 10)
      expect(entries).toMatchObject([
        { actor: 'admin:ada', action: 'subject.delete', tenant: 'acme', policy: null },
      ])
      expect(JSON.stringify(entries)).not.toContain(ANN)
      await database.close()
    })
  })

  describe(`${name}: an export`, () => {
    it('is told to whoever deletes a subject that it holds', async () => {
      const { exports, deleteSubject, append, database } = await openCustody()
      await append(of(1, ANN), of(2, BOB))
      const rows = [row(1, ANN), row(1, ANN, 1), row(2, ANN), row(3, BOB), row(4, null)]
      const done = { ok: true, value: null }
      expect(await exports.record(madeExport, rows)).toEqual(done)
      const other = { ...madeExport, id: 'ex_2', time: NOW - 500 }
      expect(await exports.record(other, rows.slice(3))).toEqual(done)
      const later = { ...madeExport, id: 'ex_3', time: NOW - 400 }
      expect(await exports.record(later, rows.slice(0, 1))).toEqual(done)
      const { exports: held } = await deleteSubject(deletion)
      expect(held).toEqual([
        { ...later, transcripts: 1, rows: [{ id: 'tr_1#0', split: 'train' }] },
        {
          ...madeExport,
          transcripts: 2,
          rows: ['tr_1#0', 'tr_1#1', 'tr_2#0'].map((id) => ({ id, split: 'train' })),
        },
      ])
      // Asked again, it answers the same: the files are still there.
      expect((await deleteSubject(deletion)).exports).toEqual(held)
      expect(await exports.holding(ANN, ['other'])).toEqual([])
      expect(await exports.holding(ANN, null)).toEqual(held)
      await database.close()
    })

    it('that was noted before rows were remembered is told without them', async () => {
      const { exports, database } = await openCustody()
      await exports.record(madeExport, [])
      const params = [ANN, 'acme', madeExport.id]
      const sql = 'INSERT INTO export_subjects VALUES (?, ?, ?, 3)'
      await database.batch([{ sql, params }])
      const held = [{ ...madeExport, transcripts: 3, rows: null }]
      expect(await exports.holding(ANN, null)).toEqual(held)
      expect(await exports.holding(ANN, ['acme'])).toEqual(held)
      await database.close()
    })

    it('keeps the rows of a subject that is deleted, and lets go of what they were compared by', async () => {
      const { exports, deleteSubject, database } = await openCustody()
      const fingerprint = Uint8Array.of(0, 127, 255)
      const rows = [row(1, ANN), row(2, BOB)].map((one) => ({ ...one, fingerprint }))
      await exports.record(madeExport, rows)
      const read = async () => {
        const sql = 'SELECT row, fingerprint FROM export_rows ORDER BY row'
        const found = await database.all(sql)
        return found.map((one) => [
          one.row,
          one.fingerprint && [...(one.fingerprint as Uint8Array)],
        ])
      }
      const whole = [...fingerprint]
      expect(await read()).toEqual([
        ['tr_1#0', whole],
        ['tr_2#0', whole],
      ])
      await deleteSubject(deletion)
      expect(await read()).toEqual([
        ['tr_1#0', null],
        ['tr_2#0', whole],
      ])
      await database.close()
    })

    it('tells which rows are of people who were deleted after it was made, of all that hold a transcript', async () => {
      const { exports, deleteSubject, database } = await openCustody()
      const page = { tenants: null, after: '', limit: 2 }
      await exports.record(madeExport, [row(1, ANN), row(1, ANN, 1), row(2, BOB), row(3, ANN)])
      expect(await exports.deletedRows('tr_2', page)).toEqual([])
      await deleteSubject(deletion)
      await exports.record({ ...madeExport, id: 'ex_2', time: NOW + 1 }, [row(2, BOB), row(9, ANN)])
      expect(await exports.deletedRows('tr_2', page)).toEqual(['tr_1#0', 'tr_1#1'])
      expect(await exports.deletedRows('tr_2', { ...page, after: 'tr_1#1' })).toEqual(['tr_3#0'])
      expect(await exports.deletedRows('tr_9', page)).toEqual([])
      expect(await exports.deletedRows('tr_7', page)).toBeNull()
      expect(await exports.deletedRows('tr_2', { ...page, tenants: ['other'] })).toBeNull()
      expect(await exports.deletedRows('tr_2', { ...page, tenants: ['acme'] })).toHaveLength(2)
      await database.close()
    })

    it('tells them whatever the clocks say of which came first', async () => {
      const { exports, deleteSubject, append, database } = await openCustody()
      await append(of(1, ANN), of(2, BOB))
      const ahead = { ...madeExport, time: NOW + 60_000 }
      await exports.record(ahead, [row(1, ANN), row(2, BOB)])
      await deleteSubject(deletion)
      const page = { tenants: null, after: '', limit: 2 }
      expect(await exports.deletedRows('tr_2', page)).toEqual(['tr_1#0'])
      // Nor is one kept that was read before it, and noted after it.
      expect(await exports.record({ ...ahead, id: 'ex_2' }, [row(1, ANN)])).toEqual({
        ok: false,
        failure: { reason: 'subject_deleted' },
      })
      await database.close()
    })

    it('remembers many subjects, each with all its transcripts', async () => {
      const { exports, database } = await openCustody()
      async function* rows() {
        for (let round = 0; round < 2; round++) {
          for (let number = 0; number < 5_000; number++) {
            const subject = number.toString(16).padStart(64, '0')
            yield row(round * 5_000 + number, subject)
          }
        }
      }
      expect(await exports.record(madeExport, rows())).toEqual({ ok: true, value: null })
      const [held] = await exports.holding('0'.repeat(63).concat('7'), ['acme'])
      expect(held?.transcripts).toBe(2)
      expect(
        await database.all('SELECT COUNT(*) AS n, COUNT(DISTINCT subject) AS m FROM export_rows'),
      ).toEqual([{ n: 10_000, m: 5_000 }])
      expect(await database.all('SELECT transcripts FROM exports')).toEqual([
        { transcripts: 10_000 },
      ])
      await database.close()
    })

    it('that was being made while somebody in it was deleted must not be kept', async () => {
      const { exports, deleteSubject, database } = await openCustody()
      async function* rows() {
        yield row(1, ANN)
        await deleteSubject(deletion)
        yield row(2, BOB)
      }
      expect(await exports.record(madeExport, rows())).toEqual({
        ok: false,
        failure: { reason: 'subject_deleted' },
      })
      expect(await database.all('SELECT id FROM exports')).toEqual([])
      expect(await database.all('SELECT subject FROM export_rows')).toEqual([])
      // Begun after it, there is nothing of the subject in it but what came later.
      const next = { ...madeExport, time: NOW + 1 }
      expect(await exports.record(next, [row(1, ANN)])).toMatchObject({ ok: true })
      await database.close()
    })

    it('is in the audit log', async () => {
      const { exports, audit, database } = await openCustody()
      await exports.record(madeExport, [row(1, ANN)])
      expect(await audit.read(0, 10)).toMatchObject([
        {
          actor: 'admin:ada',
          action: 'transcript.export',
          details: { export: 'ex_1', format: 'sft', manifest: 'c'.repeat(64), transcripts: 1 },
        },
      ])
      await database.close()
    })
  })

  describe(`${name}: retention`, () => {
    const all = { signal: null, limit: 1_000 }
    const short = 'e'.repeat(64)

    it('removes what is older than its own policy’s days, and nothing else', async () => {
      const custody = await openCustody()
      const { append, expire, ids, days, database, blobs, metrics } = custody
      days.set(short, 2)
      await append(
        of(1, null, { time: NOW - 30 * DAY_MS - 1 }),
        of(2, ANN, { time: NOW - 30 * DAY_MS }),
        of(3, null, { time: NOW - 2 * DAY_MS - 1, digest: short }),
        of(4, null, { time: NOW - 2 * DAY_MS, digest: short }),
        of(5, null, { time: NOW - 29 * DAY_MS }),
      )
      for (const number of [1, 2]) {
        await label(custody, number)
        await review(custody, number)
      }
      expect(await expire(all)).toBe(2)
      expect(await ids()).toEqual([2, 4, 5])
      expect([await contentOf(blobs, 1), await contentOf(blobs, 3)]).toEqual([null, null])
      expect(await contentOf(blobs, 2)).toEqual(expect.any(Uint8Array))
      const left = await database.all('SELECT transcript_id FROM labels')
      expect(left).toEqual([{ transcript_id: sampleTranscript(2).id }])
      expect(await database.all('SELECT transcript_id FROM candidate_reviews')).toEqual(left)
      expect(metrics.fates).toEqual(['expired', 'expired'])
      await database.close()
    })

    it('goes in small steps with pauses, and no further than it may', async () => {
      const { append, expire, ids, pauses, database } = await openCustody()
      const old = { time: NOW - 100 * DAY_MS }
      await append(...Array.from({ length: 500 }, (_, index) => of(index + 1, null, old)))
      expect(await expire({ signal: null, limit: 300 })).toBe(400)
      expect([(await ids()).length, pauses.length]).toEqual([100, 2])
      expect(await expire({ signal: AbortSignal.abort(), limit: 300 })).toBe(0)
      expect(await expire(all)).toBe(100)
      await database.close()
    })

    it('is told to the audit log once a day, by one of many instances', async () => {
      const { append, expire, audit, clock, database } = await openCustody()
      const old = { time: NOW - 100 * DAY_MS }
      await append(of(1, null, old), of(2, null, old))
      await Promise.all([expire(all), expire(all)])
      await append(of(3, null, old))
      await expire(all)
      expect(await audit.read(0, 10)).toEqual([])
      // The day has ended, and an hour has passed for whoever was late.
      clock.time = Date.UTC(2026, 5, 16, 1)
      await append(of(4, null, old))
      await Promise.all([expire(all), expire(all)])
      await expire(all)
      const told = async () =>
        (await audit.read(0, 10)).map(({ actor, action, details }) => [actor, action, details])
      const first = ['gateway', 'transcript.expire', { day: '2026-06-15', transcripts: 3 }]
      expect(await told()).toEqual([first])
      clock.time = Date.UTC(2026, 5, 18)
      await expire(all)
      expect(await told()).toEqual([
        first,
        ['gateway', 'transcript.expire', { day: '2026-06-16', transcripts: 1 }],
      ])
      await database.close()
    })
  })
}
