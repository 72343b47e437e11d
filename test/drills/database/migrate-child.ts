/** Brings the named database to this program's schema, and prints what it applied; its parent may kill it. */
import { writeSync } from 'node:fs'
import { migrate } from '../../../src/database/migrate.ts'
import { createPostgresDatabase } from '../../../src/database/postgres.node.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'

const [place = ''] = process.argv.slice(2)
const database = place.startsWith('postgres:')
  ? createPostgresDatabase({ url: place })
  : openSqlite({ path: place })
writeSync(1, 'begun\n')
const migrated = await migrate(database)
if (!migrated.ok) throw new Error(migrated.failure.message)
for (const version of migrated.value.applied) writeSync(1, `applied ${version}\n`)
await database.close()
