/**
 * Copies as files of a folder, readable by their owner alone. Does file I/O.
 * A file is written beside its name, flushed, and renamed over it: a crash at any moment leaves the old one or the new one.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Copies } from './copies.ts'

const UNFINISHED = '.unfinished'

/** Makes the folder, if need be, and clears it of what crashes left unfinished. */
export function openCopiesFolder(path: string): Copies {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(path)) {
    if (name.endsWith(UNFINISHED)) rmSync(join(path, name), { force: true })
  }
  /** The last write of each name, so that writes of one name end in the order in which they began. */
  const writing = new Map<string, Promise<void>>()
  return {
    async read(name) {
      try {
        return await readFile(join(path, name), 'utf8')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
    async write(name, text) {
      const before = writing.get(name) ?? Promise.resolve()
      const work = before.catch(() => {}).then(() => replace(path, name, text))
      writing.set(name, work)
      try {
        await work
      } finally {
        if (writing.get(name) === work) writing.delete(name)
      }
    },
  }
}

async function replace(folder: string, name: string, text: string): Promise<void> {
  const unfinished = join(folder, `${name}.${randomBytes(4).toString('hex')}${UNFINISHED}`)
  try {
    await using file = await open(unfinished, 'wx', 0o600)
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
  await rename(unfinished, join(folder, name))
  await syncFolder(folder)
}

/** Makes the new name survive a power cut, where the system knows how. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using folder: FileHandle = await open(path, 'r')
  await folder.sync()
}
