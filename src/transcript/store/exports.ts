/**
 * What was exported, and of whom: so that whoever deletes a person learns which datasets hold them. I/O through the SQL port.
 * Remembered are subjects, as the keyed digests they are, for longer than the transcripts: files outlive rows.
 */
import type { AuditLog } from '../../audit/audit-log.ts'
import type { Database, Row, SqlValue } from '../../database/database.ts'
import { canonicalJson, type JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { TranscriptRow } from '../record/row.ts'
import { listed } from './remove.ts'

export type ExportRecord = {
  readonly id: string
  /** When it began to read, in milliseconds since the epoch. */
  readonly time: number
  /** Who made it: `admin:<subject>` or `cli:<account>`. */
  readonly actor: string
  readonly format: string
  readonly filters: JsonObject
  /** SHA-256 of its manifest. */
  readonly manifestDigest: string
}

/** One that holds a subject. */
export type HeldExport = ExportRecord & {
  /** So many transcripts of the subject went into it. */
  readonly transcripts: number
}

/** What is remembered of a transcript in an export: a row of the index will do. */
export type ExportedTranscript = Pick<TranscriptRow, 'tenant' | 'subject'>

export type RecordFailure = {
  /** Somebody in it was deleted while it was made: it must not be kept. */
  readonly reason: 'subject_deleted'
}

export interface ExportStore {
  /**
   * Notes an export before its files are given to anyone, each transcript once; a crash in between leaves a note of an export
   * that nobody has. @throws DatabaseError when it is not taken.
   */
  record(
    record: ExportRecord,
    transcripts: Iterable<ExportedTranscript> | AsyncIterable<ExportedTranscript>,
  ): Promise<Result<null, RecordFailure>>
  /** The exports that hold a subject, the newest first; of all tenants for null. */
  holding(subject: string, tenants: readonly string[] | null): Promise<readonly HeldExport[]>
}

const INSERT =
  'INSERT INTO exports (id, time, actor, format, filters, manifest_digest, transcripts) VALUES (?, ?, ?, ?, ?, ?, 0)'
const ADD = (
  count: number,
) => `INSERT INTO export_subjects (subject, tenant, export_id, transcripts)
  VALUES ${Array.from({ length: count }, () => '(?, ?, ?, ?)').join(', ')}
  ON CONFLICT (subject, tenant, export_id) DO UPDATE SET transcripts = export_subjects.transcripts + excluded.transcripts`
const DELETED_SINCE = `SELECT COUNT(*) AS n FROM export_subjects e
  JOIN deleted_subjects d ON d.subject = e.subject AND (d.tenant = e.tenant OR d.tenant = '*')
  WHERE e.export_id = ? AND d.time >= ?`

/** Subjects held in memory at a time. */
const MAX_WAITING = 4_800
/** Of a statement: D1 takes a hundred parameters. */
const SUBJECTS_AT_ONCE = 24
/** Of a transaction. */
const STATEMENTS_AT_ONCE = 50

type ExportStoreOptions = { readonly database: Database; readonly audit: AuditLog }

export function createExportStore(options: ExportStoreOptions): ExportStore {
  const { database, audit } = options
  return {
    async record(record, transcripts) {
      const { id, time, actor, format, filters, manifestDigest } = record
      const params = [id, time, actor, format, canonicalJson(filters), manifestDigest]
      await database.batch([{ sql: INSERT, params }])
      const all = await addSubjects(database, id, transcripts)
      // Whoever deletes looks for exports after the note of the deletion: one of both sees the other.
      const [row] = await database.all(DELETED_SINCE, [id, time])
      if (Number(row?.n) > 0) {
        await database.batch([
          { sql: 'DELETE FROM export_subjects WHERE export_id = ?', params: [id] },
          { sql: 'DELETE FROM exports WHERE id = ?', params: [id] },
        ])
        return fail({ reason: 'subject_deleted' })
      }
      const details = { export: id, format, manifest: manifestDigest, transcripts: all }
      await audit.commit(
        { actor, action: 'transcript.export', policy: null, tenant: null, details },
        [{ sql: 'UPDATE exports SET transcripts = ? WHERE id = ?', params: [all, id] }],
      )
      return succeed(null)
    },
    async holding(subject, tenants) {
      const sql = `SELECT e.id, e.time, e.actor, e.format, e.filters, e.manifest_digest, SUM(s.transcripts) AS n
        FROM export_subjects s JOIN exports e ON e.id = s.export_id
        WHERE s.subject = ? ${tenants ? `AND s.tenant IN (${listed(database)})` : ''}
        GROUP BY e.id, e.time, e.actor, e.format, e.filters, e.manifest_digest ORDER BY e.time DESC, e.id`
      const params = [subject, ...(tenants ? [JSON.stringify(tenants)] : [])]
      return (await database.all(sql, params)).map(readExport)
    },
  }
}

/** Gives how many transcripts there were, those of nobody included. */
async function addSubjects(
  database: Database,
  id: string,
  transcripts: Iterable<ExportedTranscript> | AsyncIterable<ExportedTranscript>,
): Promise<number> {
  let all = 0
  const counts = new Map<string, number>()
  for await (const { tenant, subject } of transcripts) {
    all++
    if (subject === null) continue
    const key = JSON.stringify([subject, tenant])
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (counts.size < MAX_WAITING) continue
    await addCounts(database, id, counts)
    counts.clear()
  }
  await addCounts(database, id, counts)
  return all
}

async function addCounts(
  database: Database,
  id: string,
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const rows = [...counts].map(([key, count]): readonly SqlValue[] => {
    const [subject = '', tenant = ''] = JSON.parse(key) as readonly string[]
    return [subject, tenant, id, count]
  })
  const statements = chunksOf(rows, SUBJECTS_AT_ONCE).map((some) => ({
    sql: ADD(some.length),
    params: some.flat(),
  }))
  for (const some of chunksOf(statements, STATEMENTS_AT_ONCE)) await database.batch(some)
}

/** Reads a row that this program wrote. */
function readExport(row: Row): HeldExport {
  return {
    id: String(row.id),
    time: Number(row.time),
    actor: String(row.actor),
    format: String(row.format),
    filters: JSON.parse(String(row.filters)) as JsonObject,
    manifestDigest: String(row.manifest_digest),
    transcripts: Number(row.n),
  }
}

function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
