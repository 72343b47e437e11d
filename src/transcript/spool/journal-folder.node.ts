/**
 * One folder per life of a process, under a lock that ends with the process, so that each file has one writer and the
 * files of the dead can be told from those of the living. Does file I/O.
 * The lock is SQLite's own (a byte-range lock, which the system lifts even after `kill -9`); a process id proves nothing,
 * least of all in containers, where everyone is number 1.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export type JournalFolder = {
  readonly path: string
  /** The journal files in it, oldest first. */
  files(): readonly string[]
  /** Gives the lock up; an empty folder is removed. */
  release(): void
}

type Lock = { close(): void }

const LOCK = 'lock'
const ENDING = '.journal'

/** Makes a folder of this process's own. */
export function claimNewFolder(root: string): JournalFolder {
  for (;;) {
    const name = `${String(Date.now()).padStart(15, '0')}-${randomBytes(4).toString('hex')}`
    const path = join(root, name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    syncFolder(root)
    const claimed = claim(path)
    // Lost to a process that took it for a dead one's: the next name will do.
    if (claimed) return claimed
  }
}

/** Takes over the folders whose process is gone, oldest first. */
export function claimDeadFolders(root: string): readonly JournalFolder[] {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  return readdirSync(root)
    .filter((name) => /^\d{15}-[0-9a-f]{8}$/.test(name))
    .sort()
    .map((name) => claim(join(root, name)))
    .filter((folder) => folder !== null)
}

/** Makes a new name in a folder survive a power cut, where the system knows how. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function claim(path: string): JournalFolder | null {
  const lock = lockFile(join(path, LOCK))
  if (!lock) return null
  const files = () =>
    readdirSync(path)
      .filter((name) => name.endsWith(ENDING))
      .sort()
      .map((name) => join(path, name))
  return {
    path,
    files,
    release() {
      // Removed before the lock is lifted, so that nobody claims what is about to go.
      if (files().length === 0) rmSync(path, { recursive: true, force: true })
      lock.close()
    },
  }
}

function lockFile(path: string): Lock | null {
  try {
    const lock = new DatabaseSync(path, { timeout: 0 })
    if (isLocked(lock) && existsSync(path)) return lock
    // Taken by the living, or removed by its last owner between our opening and our locking.
    lock.close()
  } catch {
    // Its folder is gone.
  }
  return null
}

function isLocked(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch {
    return false
  }
}
