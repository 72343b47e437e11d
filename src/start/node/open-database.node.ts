/**
 * The configured database on Node: opened, and brought to this program's schema now or as soon as it comes into reach.
 * Does I/O. Only a server can be out of reach: a file that cannot be opened will not come back by itself.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, DatabaseError } from '../../database/database.ts'
import { createMigratedDatabase, type MigratedDatabase } from '../../database/migrated-database.ts'
import { createPostgresDatabase } from '../../database/postgres.node.ts'
import { openSqlite } from '../../database/sqlite.node.ts'
import { systemClock } from '../../lib/clock.ts'
import type { Config } from '../config.ts'

export type OpenedDatabase = {
  readonly database: Database
  /** Why it is out of reach; null where it is in reach, and migrated. */
  readonly away: DatabaseError | null
}

/** Opens the configured database and migrates it. @throws Error that says what to mend. */
export async function openDatabase(config: Config): Promise<Database> {
  const { database, away } = await openDatabaseOrWait(config)
  if (!away) return database
  await database.close()
  throw away
}

/** The same, but a server that is out of reach is migrated when it is back. @throws Error for everything else. */
export async function openDatabaseOrWait(config: Config): Promise<OpenedDatabase> {
  const database = connect(config)
  try {
    const migrated = await database.migrate()
    if (!migrated.ok) throw new Error(migrated.failure.message)
    return { database, away: null }
  } catch (error) {
    const isServer = config.databaseUrl !== null
    if (isServer && error instanceof DatabaseError && error.failure === 'unavailable') {
      return { database, away: error }
    }
    await database.close()
    throw error
  }
}

function connect({ dataDir, databaseUrl }: Config): MigratedDatabase {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const database =
    databaseUrl === null
      ? openSqlite({ path: join(dataDir, 'chambers.db') })
      : createPostgresDatabase({ url: databaseUrl })
  return createMigratedDatabase({ database, clock: systemClock })
}
