/** Writes a private key into a new file, for its owner's eyes alone. Does file I/O. */
import { writeFileSync } from 'node:fs'

/** @throws Error where the file is there: a key is never lost to a second command. */
export function writeNewKey(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new Error(`Name another file with --out: ${file} is there already`)
    }
    throw error
  }
}
