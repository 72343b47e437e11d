/**
 * Brings a database to this program's schema, on any adapter. One SELECT when there is nothing to do.
 * Safe to run from many processes at once: a step and its row in `schema_migrations` are one batch, so that the loser of
 * a race meets a conflict, changes nothing and looks again. It must never start on a schema it does not know.
 */
import { sha256Hex } from '../lib/digest.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type Database, DatabaseError, type Statement } from './database.ts'
import type { Migration } from './first-migrations.ts'
import { MIGRATIONS } from './migrations.ts'

export type MigrationFailure = {
  readonly reason: 'migration_changed' | 'database_newer'
  readonly version: number
  /** A sentence for whoever starts the program. */
  readonly message: string
}

/** The versions applied by this call. */
export type MigrationReport = { readonly applied: readonly number[] }

/** Any number, the same for every instance: "chmb" as bytes. */
const ADVISORY_LOCK = 0x63686d62
/** One per step would do; the rest is for processes that race. */
const MAX_ROUNDS = 100

/**
 * Applies every step that is missing, in order.
 * @throws DatabaseError when the database is unavailable or refuses a step.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Result<MigrationReport, MigrationFailure>> {
  const digests = new Map<number, string>()
  for (const migration of migrations) digests.set(migration.version, await digestOf(migration))
  const applied: number[] = []
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const present = await readPresent(database)
    const failure = disagreement(migrations, digests, present)
    if (failure) return fail(failure)
    const next = migrations.find(({ version }) => !present.has(version))
    if (!next) return succeed({ applied })
    const digest = digests.get(next.version) ?? ''
    if (await apply(database, next, digest)) applied.push(next.version)
  }
  throw new DatabaseError('unavailable', `Cannot migrate: lost ${MAX_ROUNDS} races in a row`)
}

/** SHA-256 of a step's name and text, before any substitution. */
export function digestOf({ name, statements }: Migration): Promise<string> {
  return sha256Hex(JSON.stringify([name, ...statements]))
}

async function readPresent(database: Database): Promise<ReadonlyMap<number, string>> {
  try {
    const rows = await database.all('SELECT version, digest FROM schema_migrations')
    return new Map(rows.map((row) => [Number(row.version), String(row.digest)]))
  } catch (error) {
    // No such table: a new database. Whatever else it was, the first step will meet it again and say so.
    if (error instanceof DatabaseError && error.failure === 'rejected') return new Map()
    throw error
  }
}

function disagreement(
  migrations: readonly Migration[],
  digests: ReadonlyMap<number, string>,
  present: ReadonlyMap<number, string>,
): MigrationFailure | null {
  const newer = [...present.keys()].filter((version) => !digests.has(version)).sort((a, b) => a - b)
  if (newer[0] !== undefined) {
    return {
      reason: 'database_newer',
      version: newer[0],
      message: `The database has migration ${newer[0]}, which this program does not know: it was used by a newer version; start that version instead`,
    }
  }
  const changed = migrations.find(
    ({ version }) => present.has(version) && present.get(version) !== digests.get(version),
  )
  if (!changed) return null
  return {
    reason: 'migration_changed',
    version: changed.version,
    message: `Migration ${changed.version} (${changed.name}) was applied to the database with another text: a released migration must never change; add a new one instead`,
  }
}

/** True when this call applied the step, false when another process did. */
async function apply(database: Database, migration: Migration, digest: string): Promise<boolean> {
  const isPostgres = database.dialect === 'postgres'
  const lock: Statement[] = isPostgres
    ? [{ sql: 'SELECT pg_advisory_xact_lock(?)', params: [ADVISORY_LOCK] }]
    : []
  try {
    const statements = [
      ...lock,
      {
        sql: 'CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)',
        params: [],
      },
      {
        sql: 'INSERT INTO schema_migrations (version, name, digest) VALUES (?, ?, ?)',
        params: [migration.version, migration.name, digest],
      },
      ...migration.statements.map((sql) => ({
        sql: isPostgres ? sql.replace(/\bBLOB\b/g, 'BYTEA') : sql,
        params: [],
      })),
    ]
    // Whoever gave it up would find as much to do at each start.
    await database.batch(statements, { isLong: true })
    return true
  } catch (error) {
    if (error instanceof DatabaseError && error.failure === 'conflict') return false
    throw error
  }
}
