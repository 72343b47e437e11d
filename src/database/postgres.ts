/**
 * The SQL port over PostgreSQL, through postgres.js. Network I/O.
 * Every call is bounded in time: a pool on which one hung is replaced, so that a server that stopped answering costs one
 * timeout and not all of them. A call that was given up may still take effect: writes must bear being repeated.
 */
import { LRUCache } from 'lru-cache'
import postgres from 'postgres'
import { beforeTimeout } from '../lib/before-timeout.ts'
import { type Database, DatabaseError, type Row, type SqlValue } from './database.ts'
import { numberPlaceholders } from './placeholders.ts'
import { toPostgresError } from './postgres-error.ts'

export type PostgresOptions = {
  readonly url: string
  readonly maxConnections?: number
  readonly connectTimeoutMs?: number
  /** For one query or one batch, waiting for a connection included. */
  readonly queryTimeoutMs?: number
}

type Pool = ReturnType<typeof openPool>

const MAX_CACHED_TEXTS = 500
/** Queries still running on a replaced pool have so long to end. */
const RETIREMENT_SECONDS = 5

export function createPostgresDatabase(options: PostgresOptions): Database {
  const { queryTimeoutMs = 10_000 } = options
  const texts = new LRUCache<string, string>({ max: MAX_CACHED_TEXTS })
  let pool = openPool(options)
  let closed = false

  const textOf = (sql: string): string => {
    const known = texts.get(sql)
    if (known !== undefined) return known
    const text = numberPlaceholders(sql)
    texts.set(sql, text)
    return text
  }

  const replace = (stuck: Pool): void => {
    if (closed || pool !== stuck) return
    pool = openPool(options)
    stuck.end({ timeout: RETIREMENT_SECONDS }).catch(() => {})
  }

  const bounded = async <Value>(run: (pool: Pool) => Promise<Value>): Promise<Value> => {
    if (closed) throw new DatabaseError('unavailable', 'The database is closed')
    const used = pool
    try {
      return await beforeTimeout(run(used), queryTimeoutMs, () => {
        replace(used)
        const message = `PostgreSQL has not answered within ${queryTimeoutMs} ms`
        throw new DatabaseError('unavailable', message)
      })
    } catch (error) {
      throw toPostgresError(error)
    }
  }

  return {
    dialect: 'postgres',
    all: (sql, params = []) =>
      bounded(async (used) => {
        const rows = await used.unsafe(textOf(sql), [...params], { prepare: true })
        return rows.map(toRow)
      }),
    async batch(statements) {
      const [first] = statements
      if (!first) return
      await bounded(async (used) => {
        // A single statement is a transaction already: two round trips less.
        if (statements.length === 1) {
          await used.unsafe(textOf(first.sql), [...first.params], { prepare: true })
          return
        }
        await used.begin((transaction) =>
          statements.map(({ sql, params }) =>
            transaction.unsafe(textOf(sql), [...params], { prepare: true }),
          ),
        )
      })
    },
    async close() {
      closed = true
      await pool.end({ timeout: RETIREMENT_SECONDS })
    },
  }
}

function openPool({ url, maxConnections = 10, connectTimeoutMs = 5_000 }: PostgresOptions) {
  return postgres(url, {
    max: maxConnections,
    connect_timeout: Math.max(1, Math.round(connectTimeoutMs / 1000)),
    // Unbounded, the library's own pause between tries to connect grows to 20 s and delays every query behind it.
    backoff: (tries: number) => Math.min(0.05 * 2 ** Math.min(tries, 10), 1),
    fetch_types: false,
    // The library prints notices unless told otherwise.
    onnotice: () => {},
    connection: { application_name: 'chambers' },
    // Counts and sums come as numbers, as from the other databases: times and tokens stay far below 2^53.
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: Number },
      numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
    },
  })
}

/** Bytes come as a subclass of `Uint8Array` that prints and compares differently. */
function toRow(row: Readonly<Record<string, unknown>>): Row {
  const plain: Record<string, SqlValue> = {}
  for (const [column, value] of Object.entries(row)) {
    plain[column] =
      value instanceof Uint8Array
        ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        : (value as SqlValue)
  }
  return plain
}
