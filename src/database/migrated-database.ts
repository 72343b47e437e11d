/**
 * A database that is brought to this program's schema before anything is asked of it, whenever it comes into reach. No I/O
 * of its own. Until then it is as good as gone: nothing must be read from, or written to, a schema that is not known.
 */
import type { Clock } from '../lib/clock.ts'
import type { Result } from '../lib/result.ts'
import { type Database, DatabaseError } from './database.ts'
import { type MigrationFailure, type MigrationReport, migrate } from './migrate.ts'

export type MigratedDatabase = Database & {
  /** @throws DatabaseError as `migrate`. */
  migrate(): Promise<Result<MigrationReport | null, MigrationFailure>>
}

/** After a try that failed, so long nobody waits for another: a host that does not answer costs seconds each time. */
const AVOID_MS = 500

export function createMigratedDatabase({
  database,
  clock,
}: {
  readonly database: Database
  readonly clock: Clock
}): MigratedDatabase {
  let isMigrated = false
  let failed: { readonly error: unknown; readonly untilMs: number } | null = null

  const bring: MigratedDatabase['migrate'] = async () => {
    if (isMigrated) return { ok: true, value: null }
    if (failed && clock.monotonic() < failed.untilMs) throw failed.error
    try {
      const migrated = await migrate(database)
      isMigrated ||= migrated.ok
      return migrated
    } catch (error) {
      failed = { error, untilMs: clock.monotonic() + AVOID_MS }
      throw error
    }
  }

  const prepare = async (): Promise<void> => {
    const migrated = await bring()
    if (!migrated.ok) throw new DatabaseError('unavailable', migrated.failure.message)
  }

  return {
    dialect: database.dialect,
    migrate: bring,
    async all(sql, params) {
      if (!isMigrated) await prepare()
      return database.all(sql, params)
    },
    async batch(statements, options) {
      if (!isMigrated) await prepare()
      return database.batch(statements, options)
    },
    close: () => database.close(),
  }
}
