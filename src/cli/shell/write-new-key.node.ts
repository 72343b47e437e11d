/** Writes a private key into a new file, for its owner's eyes alone. Does file I/O. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** @throws Error where the file is there: a key is never lost to a second command. */
export function writeNewKey(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new Error(`Name another file with --out: ${file} is there already`)
    }
    throw error
  }
}
