/** A secret that all instances of a database share: the first one makes it. I/O through the SQL port. */
import type { Database } from '../../database/database.ts'
import type { Random } from '../../lib/clock.ts'

/** Gives it as 64 hex digits. @throws DatabaseError where the database does not answer. */
export async function shareSecret(
  { database, random }: { readonly database: Database; readonly random: Random },
  name: string,
): Promise<string> {
  const known = await readSecret(database, name)
  if (known !== null) return known
  await database.batch([
    {
      sql: 'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
      params: [name, random.hex(32)],
    },
  ])
  // Whichever instance was first, its secret is the one.
  return (await readSecret(database, name)) ?? ''
}

async function readSecret(database: Database, name: string): Promise<string | null> {
  const [row] = await database.all('SELECT value FROM settings WHERE name = ?', [name])
  return typeof row?.value === 'string' ? row.value : null
}
