/**
 * The SQL port over Cloudflare D1, through a structural interface, so that nothing here imports the platform.
 * I/O only through the binding. D1 has no interactive transactions: its `batch` is the transaction.
 */
import { type Database, DatabaseError, type Row, type SqlValue } from './database.ts'

/** As much of a `D1Database` binding as is used. */
export interface D1Like {
  prepare(sql: string): D1StatementLike
  batch(statements: D1StatementLike[]): Promise<unknown>
}

export interface D1StatementLike {
  bind(...values: unknown[]): D1StatementLike
  all(): Promise<{ results: unknown[] }>
}

export function createD1Database(d1: D1Like): Database {
  return {
    dialect: 'sqlite',
    async all(sql, params = []) {
      try {
        const { results } = await d1
          .prepare(sql)
          .bind(...params)
          .all()
        return results.map(toRow)
      } catch (error) {
        throw toD1Error(error)
      }
    },
    async batch(statements) {
      if (statements.length === 0) return
      try {
        await d1.batch(statements.map(({ sql, params }) => d1.prepare(sql).bind(...params)))
      } catch (error) {
        throw toD1Error(error)
      }
    },
    close: () => Promise.resolve(),
  }
}

/** D1 gives a BLOB as an array of numbers. */
function toRow(result: unknown): Row {
  const row: Record<string, SqlValue> = {}
  for (const [column, value] of Object.entries(result ?? {})) {
    if (Array.isArray(value)) row[column] = Uint8Array.from(value)
    else if (value instanceof ArrayBuffer) row[column] = new Uint8Array(value)
    else row[column] = value
  }
  return row
}

/** D1 tells its errors apart by their words alone: https://developers.cloudflare.com/d1/observability/debug-d1/ */
function toD1Error(error: unknown): DatabaseError {
  const message = error instanceof Error ? error.message : 'D1 failed'
  if (/UNIQUE constraint failed/i.test(message)) return new DatabaseError('conflict', message)
  const rejected =
    /SQLITE_(?:ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG|AUTH)|D1_TYPE_ERROR|D1_COLUMN_NOTFOUND|syntax error|no such (?:table|column)|not authorized/i
  return new DatabaseError(rejected.test(message) ? 'rejected' : 'unavailable', message)
}
