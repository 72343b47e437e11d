/**
 * A SQLite file for what is passing: made in a folder of its own, and without a name from the moment it is open where the system
 * allows it, so that a kill leaves nothing behind. File I/O.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export type ScratchDatabase = { readonly database: DatabaseSync; readonly close: () => void }

/** In one transaction that never ends. `parent`: a folder with room for it. */
export function openScratchDatabase(parent: string, schema: string): ScratchDatabase {
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(parent, '.scratch-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const database = new DatabaseSync(join(folder, 'scratch.db'))
  // Nothing of it outlives the process: neither a journal nor a flush is worth its time.
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF')
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -2000')
  database.exec(schema)
  // A file is looked for by its name whenever a transaction begins.
  database.exec('BEGIN EXCLUSIVE')
  if (process.platform !== 'win32') remove()
  return {
    database,
    close() {
      database.close()
      remove()
    },
  }
}
