/**
 * A secret that all instances of a database share: the first one makes it. I/O through the SQL port, and the copies that are kept
 * for starts without it. No secret must ever be logged.
 */
import type { Random } from '../lib/clock.ts'
import { type Copies, packCopy, unpackCopy } from '../lib/copies.ts'
import { type Database, DatabaseError } from './database.ts'

export type SecretPorts = { readonly database: Database; readonly random: Random }

/** Gives it as 64 hex digits. @throws DatabaseError where the database does not answer. */
export async function shareSecret(
  { database, random }: SecretPorts,
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

/**
 * The same, from the copies while the database is away. @throws DatabaseError where it is in neither.
 */
export async function loadSharedSecret(
  { copies, ...ports }: SecretPorts & { readonly copies: Copies },
  name: string,
): Promise<string> {
  const kept = await readKept(copies, name)
  try {
    const secret = await shareSecret(ports, name)
    // A copy that cannot be written costs a later start at worst.
    if (secret !== kept) await copies.write(name, await packCopy(secret)).catch(() => {})
    return secret
  } catch (error) {
    const isAway = error instanceof DatabaseError && error.failure === 'unavailable'
    if (isAway && kept !== null) return kept
    throw error
  }
}

async function readSecret(database: Database, name: string): Promise<string | null> {
  const [row] = await database.all('SELECT value FROM settings WHERE name = ?', [name])
  return typeof row?.value === 'string' ? row.value : null
}

async function readKept(copies: Copies, name: string): Promise<string | null> {
  try {
    const text = await copies.read(name)
    const secret = text === null ? null : await unpackCopy(text)
    return typeof secret === 'string' ? secret : null
  } catch {
    return null
  }
}
