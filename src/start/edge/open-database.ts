/**
 * The bound database on the edge, brought to this program's schema now or as soon as it comes into reach. Does I/O. Where it is
 * out of reach there may be copies to serve from meanwhile.
 */
import { createD1Database, type D1Like } from '../../database/d1.ts'
import { type Database, DatabaseError } from '../../database/database.ts'
import { createMigratedDatabase } from '../../database/migrated-database.ts'
import { systemClock } from '../../lib/clock.ts'

/** @throws Error where it cannot be migrated. */
export async function openEdgeDatabase(binding: D1Like): Promise<Database> {
  const database = createMigratedDatabase({
    database: createD1Database(binding),
    clock: systemClock,
  })
  try {
    const migrated = await database.migrate()
    if (!migrated.ok) throw new Error(migrated.failure.message)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.failure !== 'unavailable') throw error
  }
  return database
}
