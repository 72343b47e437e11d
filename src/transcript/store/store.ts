/**
 * Transcripts at rest: rows in SQL, content in blobs. I/O through both ports.
 * Appending is idempotent by id, so that whatever was in doubt can be appended again.
 */
import { type Database, DatabaseError, type Statement } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import type { Compression } from '../../lib/compression.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { decodeTranscript } from '../record/encode.ts'
import type { Transcript } from '../record/record.ts'
import {
  ROW_COLUMNS,
  ROW_PLACEHOLDERS,
  readRow,
  readStoredRow,
  rowParams,
  type StoredRow,
  type TranscriptRow,
} from '../record/row.ts'
import { appendStatements, NUMBER_OF_ROW, numberWaiting } from './changes.ts'
import { isSealedKey, type TranscriptEntry } from './entry.ts'
import {
  countStatement,
  listStatement,
  type TranscriptFilter,
  type TranscriptPage,
} from './list.ts'
import { type NamedBy, namesInUse } from './names.ts'
import type { Removable } from './remove.ts'
import type { Blobs } from './sink.ts'

export type AppendFailure = {
  /** `unavailable` is worth a later try; `rejected` entries will never be taken. */
  readonly reason: 'unavailable' | 'rejected'
  readonly detail: string
}

export type StoredTranscript = {
  readonly row: StoredRow
  /** Null for a row without content, for content that is sealed, and for content that cannot be read. */
  readonly transcript: Transcript | null
  /** The JWE of content that is sealed. */
  readonly sealed: string | null
}

export interface TranscriptStore {
  /** Appends all or none. */
  append(entries: readonly TranscriptEntry[]): Promise<Result<null, AppendFailure>>
  /** @throws DatabaseError when the database does not answer. */
  read(id: string): Promise<StoredTranscript | null>
  /** Those of the ids that are there, in no order. @throws DatabaseError when the database does not answer. */
  rows(ids: readonly string[]): Promise<readonly TranscriptRow[]>
  /** The newest first, by time and id. @throws DatabaseError when the database does not answer. */
  list(filter: TranscriptFilter, page: TranscriptPage): Promise<readonly StoredRow[]>
  /** How many there are. @throws DatabaseError when the database does not answer. */
  count(filter: TranscriptFilter): Promise<number>
  /** The names of one kind in some tenants' transcripts (null: in all); null where they are too many to tell. */
  names(by: NamedBy, tenants: readonly string[] | null): Promise<readonly string[] | null>
}

export type TranscriptStoreOptions = {
  readonly database: Database
  readonly blobs: Blobs
  readonly compression: Compression
}

type Appending = {
  readonly statements: readonly Statement[]
  /** Set where the content is not in this database, and a deletion may bar its row. */
  readonly elsewhere: Removable | null
}

const INSERT = `INSERT INTO transcripts (${ROW_COLUMNS}) VALUES (${ROW_PLACEHOLDERS}) ON CONFLICT (id) DO NOTHING`
/** Nothing from before a deletion comes back, wherever it has waited. */
const INSERT_UNLESS_DELETED = `INSERT INTO transcripts (${ROW_COLUMNS}) SELECT ${ROW_PLACEHOLDERS}
  WHERE NOT EXISTS (SELECT 1 FROM deleted_subjects WHERE subject = ? AND (tenant = ? OR tenant = '*') AND time >= ?)
  ON CONFLICT (id) DO NOTHING`
const SELECT = `SELECT ${ROW_COLUMNS}, ${NUMBER_OF_ROW} FROM transcripts WHERE id = ?`

export function createTranscriptStore(options: TranscriptStoreOptions): TranscriptStore {
  const { database, blobs, compression } = options

  const statementsOf = async ({ row, content }: TranscriptEntry): Promise<Appending> => {
    const { id, subject, tenant, time, contentKey } = row
    const insert =
      subject === null
        ? { sql: INSERT, params: rowParams(row) }
        : { sql: INSERT_UNLESS_DELETED, params: [...rowParams(row), subject, tenant, time] }
    const statements = appendStatements(database, { insert, id })
    if (contentKey === null || content === null) return { statements, elsewhere: null }
    const put = await blobs.put(contentKey, content, ...(subject === null ? [] : [id]))
    const elsewhere = put.length === 0 && subject !== null ? { id, contentKey } : null
    return { statements: [...statements, ...put], elsewhere }
  }

  return {
    async append(entries) {
      try {
        const appending = await Promise.all(entries.map(statementsOf))
        await database.batch(appending.flatMap(({ statements }) => statements))
        await forgetRefused(
          options,
          appending.flatMap(({ elsewhere }) => elsewhere ?? []),
        )
        return succeed(null)
      } catch (error) {
        return fail(toFailure(error))
      }
    },
    async read(id) {
      await numberWaiting(database)
      const [found] = await database.all(SELECT, [id])
      if (!found) return null
      const row = readStoredRow(found)
      const bytes = row.contentKey === null ? null : await blobs.get(row.contentKey)
      if (!bytes) return { row, transcript: null, sealed: null }
      if (isSealedKey(row.contentKey ?? '')) {
        return { row, transcript: null, sealed: new TextDecoder().decode(bytes) }
      }
      const decoded = await decodeTranscript(Uint8Array.from(bytes), compression)
      return { row, transcript: decoded.ok ? decoded.value : null, sealed: null }
    },
    async rows(ids) {
      const sql = `SELECT ${ROW_COLUMNS} FROM transcripts WHERE id IN (${listed(database)})`
      return (await database.all(sql, [JSON.stringify(ids)])).map(readRow)
    },
    async list(filter, page) {
      await numberWaiting(database)
      const { sql, params } = listStatement(database.dialect, filter, page)
      return (await database.all(sql, params)).map(readStoredRow)
    },
    names: (by, tenants) => namesInUse(database, by, tenants),
    async count(filter) {
      const { sql, params } = countStatement(database.dialect, filter)
      const [row] = await database.all(sql, params)
      return Number(row?.n ?? 0)
    },
  }
}

/** Content that was put elsewhere ahead of a row which the note of a deletion has kept out. */
async function forgetRefused(
  { database, blobs }: TranscriptStoreOptions,
  put: readonly Removable[],
): Promise<void> {
  if (put.length === 0) return
  const sql = `SELECT id FROM transcripts WHERE id IN (${listed(database)})`
  const rows = await database.all(sql, [JSON.stringify(put.map(({ id }) => id))])
  const present = new Set(rows.map((row) => String(row.id)))
  const refused = put.filter(({ id }) => !present.has(id))
  const keys = refused.flatMap(({ contentKey }) => contentKey ?? [])
  if (keys.length > 0) await blobs.delete(...keys)
}

/** What is not the database's refusal comes from the blobs' side: a network, worth a later try. */
function toFailure(error: unknown): AppendFailure {
  if (error instanceof DatabaseError && error.failure !== 'unavailable') {
    return { reason: 'rejected', detail: error.message }
  }
  return { reason: 'unavailable', detail: error instanceof Error ? error.message : 'unknown' }
}
