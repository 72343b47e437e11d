/**
 * Writes a file that is there whole or not at all: beside its place, to the disk, and then moved. File I/O.
 */

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeAll } from '../../lib/write-all.node.ts'

export type WholeFile = {
  write(text: string): void
  /** Puts it in its place. */
  finish(): { readonly sha256: string; readonly bytes: number }
  /** Leaves nothing behind. */
  abandon(): void
}

export function openWholeFile(path: string): WholeFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.partial`
  // What is there was left by a kill, or is a link that somebody has put there.
  rmSync(beside, { force: true })
  const descriptor = openSync(beside, 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  return {
    write(text) {
      const piece = Buffer.from(text)
      hash.update(piece)
      bytes += piece.length
      writeAll(descriptor, piece)
    },
    finish() {
      fsyncSync(descriptor)
      closeSync(descriptor)
      renameSync(beside, path)
      syncFolder(dirname(path))
      return { sha256: hash.digest('hex'), bytes }
    },
    abandon() {
      closeSync(descriptor)
      rmSync(beside, { force: true })
    },
  }
}

/** A name is in its folder, and the folder is on the disk only then. */
function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
