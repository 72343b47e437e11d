/**
 * Files that hold a secret of this account: written for its eyes alone, and believed only where nobody else could have put them
 * there. Does file I/O. What is in them stands in no error.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'

const OTHERS = 0o077

/** Null where there is none. @throws Error where others could have written or read it; Windows has no such modes to tell. */
export function readPrivate(file: string): string | null {
  const handle = openOrNull(file)
  if (handle === null) return null
  try {
    const { uid, mode } = fstatSync(handle)
    const own = process.getuid?.()
    if (own !== undefined && uid !== own) throw refused(file, 'it belongs to another account')
    if (own !== undefined && (mode & OTHERS) !== 0) {
      throw refused(file, 'other accounts may read or change it')
    }
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

/** A new file in place of whatever is there: the mode and the owner of that one are nobody's choice. */
export function writePrivate(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`
  rmSync(beside, { force: true })
  writeFileSync(beside, text, { mode: 0o600, flag: 'wx' })
  renameSync(beside, file)
}

function openOrNull(file: string): number | null {
  try {
    return openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') return null
    if (code === 'ELOOP') throw refused(file, 'it is a link to somewhere else')
    throw error
  }
}

function refused(file: string, why: string): Error {
  return new Error(
    `Remove ${file}, or make it yours alone (chmod 600): ${why}, so that somebody else may have the key in it. Where the file system keeps no modes, set DATA_DIR to a folder on another`,
  )
}
