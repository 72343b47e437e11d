/**
 * Classes the errors of `node:sqlite`. No I/O.
 * Only SQLite's own words are kept, which name tables and columns and never hold a value.
 */
import { DatabaseError, type DatabaseFailure } from './database.ts'

/** Primary result codes (the low byte of `errcode`) after which a later try may succeed: https://sqlite.org/rescode.html */
const UNAVAILABLE = new Set([
  5, // busy
  6, // locked
  7, // out of memory
  8, // read-only
  10, // I/O error
  11, // corrupt
  13, // disk full
  14, // cannot open
  26, // not a database
])

/** Extended codes of uniqueness: primary key, unique index, row id. */
const CONFLICT = new Set([1555, 2067, 2579])

export function toSqliteError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  const message = error instanceof Error ? error.message : 'SQLite failed'
  return new DatabaseError(failureOf(error), message, { cause: error })
}

function failureOf(error: unknown): DatabaseFailure {
  if (!(error instanceof Error) || !('errcode' in error)) {
    // Not from SQLite: the file system (it has an `errno`), or a value that cannot be bound.
    return error instanceof Error && 'errno' in error ? 'unavailable' : 'rejected'
  }
  const code = Number(error.errcode)
  if (CONFLICT.has(code)) return 'conflict'
  return UNAVAILABLE.has(code & 0xff) ? 'unavailable' : 'rejected'
}
