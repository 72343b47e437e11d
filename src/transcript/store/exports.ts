/**
 * What was exported, and of whom: so that whoever deletes a person learns which rows of which datasets hold them. I/O through the
 * SQL port. Remembered are ids, and subjects as the keyed digests they are, for longer than the transcripts: files outlive them.
 */
import type { AuditLog } from '../../audit/audit-log.ts'
import type { Database, Row } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import { toHex } from '../../lib/digest.ts'
import { canonicalJson, type JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { TranscriptRow } from '../record/row.ts'
import { CHANGE_COLUMNS, nextNumber } from './changes.ts'

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
  /** What a later export calls it that goes on from it; left out where none can. */
  readonly name?: string | null
}

/** One that holds a subject. */
export type HeldExport = ExportRecord & {
  /** So many transcripts of the subject went into it. */
  readonly transcripts: number
  /** The rows that are made of them; null for one that was noted before rows were remembered. */
  readonly rows: readonly HeldRow[] | null
}

export type HeldRow = {
  /** As its file names it; several rows may share one. */
  readonly id: string
  /** Of the file that it is in; null where all are in one, and where nobody knows. */
  readonly split: string | null
}

/** What is remembered of a row. */
export type ExportedRow = HeldRow & {
  readonly transcript: string
  readonly tenant: string
  readonly subject: string | null
  /** What it is compared by, for near duplicates. */
  readonly fingerprint?: Uint8Array
}

/** What is made of a transcript elsewhere, or of all of it, is known by its id. */
export function wholeRow({
  id,
  tenant,
  subject,
}: Pick<TranscriptRow, 'id' | 'tenant' | 'subject'>): ExportedRow {
  return { transcript: id, id, tenant, subject, split: null }
}

export type ForgottenSubject = {
  readonly subject: string
  readonly tenants: readonly string[] | null
  readonly time: number
}

export type DeletedRowsPage = {
  readonly tenants: readonly string[] | null
  readonly after: string
  readonly limit: number
}

export type RecordFailure = {
  /** Somebody in it was deleted while it was made: it must not be kept. */
  readonly reason: 'subject_deleted'
}

export interface ExportStore {
  /**
   * Notes an export before its files are given to anyone, the rows of one transcript next to one another; a crash in between leaves
   * a note of an export that nobody has. @throws DatabaseError when it is not taken.
   */
  record(
    record: ExportRecord,
    rows: Iterable<ExportedRow> | AsyncIterable<ExportedRow>,
  ): Promise<Result<null, RecordFailure>>
  /** The exports that hold a subject, the newest first; of all tenants for null. */
  holding(subject: string, tenants: readonly string[] | null): Promise<readonly HeldExport[]>
  /**
   * Of every export that holds a transcript, the rows whose transcripts were deleted with their people, by their ids from `after` on;
   * of all tenants for null. Null where no export holds it that remembers its rows.
   */
  deletedRows(transcript: string, page: DeletedRowsPage): Promise<readonly string[] | null>
  /** By its id or its name; of several by one name, which gave the same, the last that was noted to its end. */
  find(name: string): Promise<ExportRecord | null>
  /**
   * For a subject that is deleted, when its transcripts are gone: lets go of what its rows were compared by, and gives a number to
   * those rows, too, whose transcripts had gone before, because they were old. `time`: of the deletion.
   */
  forget(deleted: ForgottenSubject): Promise<void>
}

const COLUMNS = 'id, time, actor, format, filters, manifest_digest, name'
const INSERT =
  'INSERT INTO exports (id, time, actor, format, filters, manifest_digest, name, transcripts) VALUES (?, ?, ?, ?, ?, ?, ?, 0)'

/** One parameter for thousands of rows, because D1 takes a hundred. */
const ADD = {
  sqlite: `INSERT INTO export_rows (export_id, transcript_id, row, tenant, subject, split, fingerprint)
    SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5) FROM json_each(?)
    WHERE true ON CONFLICT DO NOTHING`,
  postgres: `INSERT INTO export_rows (export_id, transcript_id, row, tenant, subject, split, fingerprint)
    SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, decode(value ->> 5, 'hex')
    FROM jsonb_array_elements(CAST(? AS jsonb)) AS value ON CONFLICT DO NOTHING`,
}

/** From the few people who were deleted to their rows, of which an export has millions. */
const OF_DELETED = `FROM deleted_subjects d CROSS JOIN export_rows e
  WHERE e.subject = d.subject AND (d.tenant = e.tenant OR d.tenant = '*')`
/** Clocks of several machines do not say what came first. What a person has asked since is not deleted. */
const IS_DELETED =
  "EXISTS (SELECT 1 FROM changes WHERE changes.transcript_id = e.transcript_id AND changes.kind = 'delete')"
const DELETED_SINCE = `SELECT 1 AS found ${OF_DELETED} AND e.export_id = ? AND (d.time >= ? OR ${IS_DELETED}) LIMIT 1`

/** Held in memory at a time, and of a statement: half a megabyte. */
const ROWS_AT_ONCE = 2_000

type ExportStoreOptions = { readonly database: Database; readonly audit: AuditLog }

export function createExportStore(options: ExportStoreOptions): ExportStore {
  const { database, audit } = options
  return {
    async record(record, rows) {
      const { id, time, actor, format, filters, manifestDigest, name = null } = record
      const params = [id, time, actor, format, canonicalJson(filters), manifestDigest, name]
      await database.batch([{ sql: INSERT, params }])
      const transcripts = await addRows(database, id, rows)
      // Whoever deletes looks for exports after the note of the deletion: one of both sees the other.
      const deleted = await database.all(DELETED_SINCE, [id, time])
      if (deleted.length > 0) {
        await database.batch([
          { sql: 'DELETE FROM export_rows WHERE export_id = ?', params: [id] },
          { sql: 'DELETE FROM exports WHERE id = ?', params: [id] },
        ])
        return fail({ reason: 'subject_deleted' })
      }
      const details = { export: id, format, manifest: manifestDigest, transcripts }
      await audit.commit(
        { actor, action: 'transcript.export', policy: null, tenant: null, details },
        [{ sql: 'UPDATE exports SET transcripts = ? WHERE id = ?', params: [transcripts, id] }],
      )
      return succeed(null)
    },
    async holding(subject, tenants) {
      const { asked, within } = whose(database, subject, tenants)
      const rows = await database.all(
        `SELECT export_id, transcript_id, row, split FROM export_rows
          WHERE subject = ? ${within} ORDER BY export_id, transcript_id, row`,
        asked,
      )
      const before = await database.all(
        `SELECT export_id, SUM(transcripts) AS n FROM export_subjects
          WHERE subject = ? ${within} GROUP BY export_id`,
        asked,
      )
      const held = new Map([...before.map(heldBefore), ...heldRows(rows)])
      const found = await database.all(
        `SELECT ${COLUMNS} FROM exports
          WHERE id IN (${listed(database)}) ORDER BY time DESC, id`,
        [JSON.stringify([...held.keys()])],
      )
      return found.map((row) => ({ ...readExport(row), ...(held.get(String(row.id)) ?? NOTHING) }))
    },
    deletedRows: (transcript, page) => readDeletedRows(database, transcript, page),
    async find(name) {
      const sql = `SELECT ${COLUMNS} FROM exports WHERE id = ? OR name = ?
        ORDER BY CASE WHEN transcripts > 0 THEN 0 ELSE 1 END, time DESC, id LIMIT 1`
      const [row] = await database.all(sql, [name, name])
      return row ? { ...readExport(row), name: row.name === null ? null : String(row.name) } : null
    },
    forget: (deleted) => forget(database, deleted),
  }
}

function whose(database: Database, subject: string, tenants: readonly string[] | null) {
  return {
    within: tenants ? `AND tenant IN (${listed(database)})` : '',
    asked: [subject, ...(tenants ? [JSON.stringify(tenants)] : [])],
  }
}

async function forget(
  database: Database,
  { subject, tenants, time }: ForgottenSubject,
): Promise<void> {
  const { asked, within } = whose(database, subject, tenants)
  const number = nextNumber(database, 'transcript_id')
  await database.batch([
    {
      sql: `UPDATE export_rows SET fingerprint = NULL WHERE subject = ? ${within} AND fingerprint IS NOT NULL`,
      params: asked,
    },
    {
      sql: `INSERT INTO changes (${CHANGE_COLUMNS})
        SELECT ${number}, 'delete', transcript_id, NULL, tenant, CAST(? AS BIGINT)
        FROM (SELECT DISTINCT transcript_id, tenant FROM export_rows WHERE subject = ? ${within}) AS e
        WHERE NOT ${IS_DELETED} AND NOT EXISTS (SELECT 1 FROM transcripts WHERE transcripts.id = e.transcript_id)`,
      params: [time, ...asked],
    },
  ])
}

async function readDeletedRows(
  database: Database,
  transcript: string,
  { tenants, after, limit }: DeletedRowsPage,
): Promise<readonly string[] | null> {
  const within = tenants ? `AND e.tenant IN (${listed(database)})` : ''
  const seen = tenants ? [JSON.stringify(tenants)] : []
  const holding = await database.all(
    `SELECT id FROM exports WHERE EXISTS (
      SELECT 1 FROM export_rows e WHERE e.export_id = exports.id AND e.transcript_id = ? ${within})`,
    [transcript, ...seen],
  )
  if (holding.length === 0) return null
  const rows = await database.all(
    `SELECT DISTINCT e.row ${OF_DELETED} AND ${IS_DELETED}
      AND e.export_id IN (${listed(database)}) AND e.row > ? ${within} ORDER BY e.row LIMIT ?`,
    [JSON.stringify(holding.map(({ id }) => id)), after, ...seen, limit],
  )
  return rows.map(({ row }) => String(row))
}

/** Gives of how many transcripts they were. */
async function addRows(
  database: Database,
  id: string,
  rows: Iterable<ExportedRow> | AsyncIterable<ExportedRow>,
): Promise<number> {
  let transcripts = 0
  let last: string | null = null
  let waiting: (readonly (string | null)[])[] = []
  const write = async () => {
    if (waiting.length === 0) return
    const params = [id, JSON.stringify(waiting)]
    waiting = []
    await database.batch([{ sql: ADD[database.dialect], params }])
  }
  for await (const { transcript, id: row, tenant, subject, split, fingerprint } of rows) {
    if (transcript !== last) transcripts++
    last = transcript
    waiting.push([transcript, row, tenant, subject, split, fingerprint ? toHex(fingerprint) : null])
    if (waiting.length === ROWS_AT_ONCE) await write()
  }
  await write()
  return transcripts
}

/** What of a subject is in an export. */
type Held = Pick<HeldExport, 'transcripts' | 'rows'>

const NOTHING: Held = { transcripts: 0, rows: [] }

function heldBefore(row: Row): readonly [string, Held] {
  return [String(row.export_id), { transcripts: Number(row.n), rows: null }]
}

/** By export; `rows` are in order. */
function heldRows(rows: readonly Row[]): ReadonlyMap<string, Held> {
  const byExport = Map.groupBy(rows, (row) => String(row.export_id))
  return new Map(
    [...byExport].map(([id, some]) => {
      const transcripts = new Set(some.map((row) => row.transcript_id)).size
      return [id, { transcripts, rows: some.map(readRow) }]
    }),
  )
}

function readRow({ row, split }: Row): HeldRow {
  return { id: String(row), split: split === null ? null : String(split) }
}

/** Reads a row that this program wrote. */
function readExport(row: Row): ExportRecord {
  return {
    id: String(row.id),
    time: Number(row.time),
    actor: String(row.actor),
    format: String(row.format),
    filters: JSON.parse(String(row.filters)) as JsonObject,
    manifestDigest: String(row.manifest_digest),
  }
}
