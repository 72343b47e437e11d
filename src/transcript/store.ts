/**
 * Transcripts at rest: rows in SQL, content in blobs. I/O through both ports.
 * Appending is idempotent by id, so that whatever was in doubt can be appended again.
 */
import { type Database, DatabaseError, type Statement } from '../database/database.ts'
import type { Compression } from '../lib/compression.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { decodeTranscript } from './encode.ts'
import { isSealedKey, type TranscriptEntry } from './entry.ts'
import { listStatement, type TranscriptFilter, type TranscriptPage } from './list.ts'
import type { Transcript } from './record.ts'
import { ROW_COLUMNS, ROW_PLACEHOLDERS, readRow, rowParams, type TranscriptRow } from './row.ts'
import type { Blobs } from './sink.ts'

export type AppendFailure = {
  /** `unavailable` is worth a later try; `rejected` entries will never be taken. */
  readonly reason: 'unavailable' | 'rejected'
  readonly detail: string
}

export type StoredTranscript = {
  readonly row: TranscriptRow
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
  /** The newest first, by time and id. @throws DatabaseError when the database does not answer. */
  list(filter: TranscriptFilter, page: TranscriptPage): Promise<readonly TranscriptRow[]>
}

export type TranscriptStoreOptions = {
  readonly database: Database
  readonly blobs: Blobs
  readonly compression: Compression
}

const INSERT = `INSERT INTO transcripts (${ROW_COLUMNS}) VALUES (${ROW_PLACEHOLDERS}) ON CONFLICT (id) DO NOTHING`
const SELECT = `SELECT ${ROW_COLUMNS} FROM transcripts WHERE id = ?`

export function createTranscriptStore(options: TranscriptStoreOptions): TranscriptStore {
  const { database, blobs, compression } = options

  const statementsOf = async ({ row, content }: TranscriptEntry): Promise<readonly Statement[]> => {
    const insert = { sql: INSERT, params: rowParams(row) }
    if (row.contentKey === null || content === null) return [insert]
    return [...(await blobs.put(row.contentKey, content)), insert]
  }

  return {
    async append(entries) {
      try {
        const statements = await Promise.all(entries.map(statementsOf))
        await database.batch(statements.flat())
        return succeed(null)
      } catch (error) {
        return fail(toFailure(error))
      }
    },
    async read(id) {
      const [found] = await database.all(SELECT, [id])
      if (!found) return null
      const row = readRow(found)
      const bytes = row.contentKey === null ? null : await blobs.get(row.contentKey)
      if (!bytes) return { row, transcript: null, sealed: null }
      if (isSealedKey(row.contentKey ?? '')) {
        return { row, transcript: null, sealed: new TextDecoder().decode(bytes) }
      }
      const decoded = await decodeTranscript(Uint8Array.from(bytes), compression)
      return { row, transcript: decoded.ok ? decoded.value : null, sealed: null }
    },
    async list(filter, page) {
      const { sql, params } = listStatement(database.dialect, filter, page)
      return (await database.all(sql, params)).map(readRow)
    },
  }
}

/** What is not the database's refusal comes from the blobs' side: a network, worth a later try. */
function toFailure(error: unknown): AppendFailure {
  if (error instanceof DatabaseError && error.failure !== 'unavailable') {
    return { reason: 'rejected', detail: error.message }
  }
  return { reason: 'unavailable', detail: error instanceof Error ? error.message : 'unknown' }
}
