/**
 * The SQL port over PostgreSQL, through pg. Network I/O.
 * Every call is bounded in time: a connection on which one hung is thrown away, so that a server that stopped answering
 * costs one timeout and no process. A call that was given up may still take effect: writes must bear being repeated.
 */
import { LRUCache } from 'lru-cache'
import pg from 'pg'
import { beforeTimeout } from '../lib/before-timeout.ts'
import {
  type Database,
  DatabaseError,
  type Row,
  type SqlValue,
  type Statement,
} from './database.ts'
import { toPostgresError } from './postgres-error.ts'

export type PostgresOptions = {
  readonly url: string
  readonly maxConnections?: number
  /** For one connection, waiting for a free one included. */
  readonly connectTimeoutMs?: number
  /** For one query or one batch on its connection. */
  readonly queryTimeoutMs?: number
}

type Prepared = { readonly name: string; readonly text: string }

const MAX_CACHED_TEXTS = 500
/** An index over a hundred million rows is made in less. */
const LONG_MS = 3_600_000
/** Queries still running have so long to end when the database is closed. */
const RETIREMENT_MS = 5_000

export function createPostgresDatabase(options: PostgresOptions): Database {
  const { queryTimeoutMs = 10_000 } = options
  const connections = new BoundedConnections(openPool(options))
  const prepare = createStatementNames()

  const run = async (client: pg.PoolClient, { sql, params }: Statement) =>
    (await client.query<Row>({ ...prepare(sql), values: [...params] })).rows

  const runInOrder = async (client: pg.PoolClient, statements: readonly Statement[]) => {
    for (const statement of statements) await run(client, statement)
  }

  return {
    dialect: 'postgres',
    all: (sql, params = []) =>
      connections.use(queryTimeoutMs, async (client) =>
        (await run(client, { sql, params })).map(toRow),
      ),
    async batch(statements, { isLong = false } = {}) {
      const [first] = statements
      if (!first) return
      await connections.use(isLong ? LONG_MS : queryTimeoutMs, async (client) => {
        // A single statement is a transaction already: two round trips less.
        if (statements.length === 1) await run(client, first)
        else await inTransaction(client, () => runInOrder(client, statements))
      })
    },
    close: () => connections.close(),
  }
}

/** Lends connections for a time, and takes none back on which something hung. */
class BoundedConnections {
  readonly #pool: pg.Pool
  #isClosed = false

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async use<Value>(
    timeoutMs: number,
    work: (client: pg.PoolClient) => Promise<Value>,
  ): Promise<Value> {
    if (this.#isClosed) throw new DatabaseError('unavailable', 'The database is closed')
    let client: pg.PoolClient | undefined
    try {
      client = await this.#pool.connect()
      const value = await beforeTimeout(work(client), timeoutMs, () => {
        const message = `PostgreSQL has not answered within ${timeoutMs} ms`
        throw new DatabaseError('unavailable', message)
      })
      client.release()
      return value
    } catch (cause) {
      const error = toPostgresError(cause)
      // After a refusal the connection is sound; after silence or a break nobody knows what is on its way.
      client?.release(error.failure === 'unavailable')
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await beforeTimeout(this.#pool.end(), RETIREMENT_MS, () => {})
  }
}

async function inTransaction(client: pg.PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** A name for each text, so that the server plans it once per connection. */
function createStatementNames(): (sql: string) => Prepared {
  const known = new LRUCache<string, Prepared>({ max: MAX_CACHED_TEXTS })
  let count = 0
  return (sql) => {
    const found = known.get(sql)
    if (found) return found
    const prepared = { name: `chambers_${++count}`, text: numberPlaceholders(sql) }
    known.set(sql, prepared)
    return prepared
  }
}

/**
 * What must be skipped whole, or a placeholder. An apostrophe or quote within is doubled, which reads as two strings;
 * what is never closed goes to the end, so that no other beginning is tried in it.
 */
const TOKEN = /'[^']*(?:'|$)|"[^"]*(?:"|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?/g

/** Rewrites the port's `?` placeholders to `$1, $2, …`; strings, identifiers and comments stay as they are. */
function numberPlaceholders(sql: string): string {
  let count = 0
  return sql.replace(TOKEN, (token) => (token === '?' ? `$${++count}` : token))
}

/** Counts and sums come as numbers, as from the other databases: times and tokens stay far below 2^53. */
const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC])

function openPool({ url, maxConnections = 10, connectTimeoutMs = 5_000 }: PostgresOptions) {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'chambers',
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        NUMBERS.has(type) ? Number : pg.types.getTypeParser(type, format as 'text'),
    },
  })
  // A connection that breaks while nothing runs on it leaves the pool by itself; unheard, it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Bytes come as a subclass of `Uint8Array` that prints and compares differently. */
function toRow(row: Row): Row {
  const plain: Record<string, SqlValue> = {}
  for (const [column, value] of Object.entries(row)) {
    plain[column] =
      value instanceof Uint8Array
        ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        : value
  }
  return plain
}
