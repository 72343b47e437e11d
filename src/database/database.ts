/**
 * The SQL port: two calls that SQLite, D1 and PostgreSQL all keep. No I/O here.
 * There are no interactive transactions, because D1 has none: whatever must be atomic goes into one batch.
 * Portable SQL only: `?` placeholders; TEXT, BIGINT, DOUBLE PRECISION, BLOB columns; ON CONFLICT; RETURNING.
 */

export type SqlValue = string | number | null | Uint8Array
export type Row = { readonly [column: string]: SqlValue }
export type Statement = { readonly sql: string; readonly params: readonly SqlValue[] }

export interface Database {
  readonly dialect: 'sqlite' | 'postgres'
  all(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>
  /** Runs all statements in one transaction: all or nothing. */
  batch(statements: readonly Statement[], options?: BatchOptions): Promise<void>
  close(): Promise<void>
}

export type BatchOptions = {
  /** True for what may take as long as it takes, as an index over many rows does; else an adapter gives up on a server that is silent. */
  readonly isLong?: boolean
}

/** Why the database did not do it; `unavailable` is worth a later try, `conflict` is a uniqueness violation. */
export type DatabaseFailure = 'unavailable' | 'conflict' | 'rejected'

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly failure: DatabaseFailure

  constructor(failure: DatabaseFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}
