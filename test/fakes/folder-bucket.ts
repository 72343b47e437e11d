/** A bucket as a folder, for what outlives a process: objects are files, put whole or not at all. File I/O. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { R2Like } from '../../src/transcript/store/r2-blobs.ts'
import type { R2Listed } from '../../src/transcript/store/sweep.ts'

export function openFolderBucket(folder: string): R2Like & R2Listed {
  for (const kind of ['transcripts', 'batch', 'shadow', 'spool']) {
    mkdirSync(join(folder, kind), { recursive: true })
  }
  const pathOf = (key: string) => join(folder, key)
  return {
    async put(key, bytes) {
      await turn()
      const unfinished = join(folder, `${key.replaceAll('/', '-')}.unfinished`)
      writeFileSync(unfinished, bytes)
      renameSync(unfinished, pathOf(key))
      await turn()
    },
    async get(key) {
      if (!existsSync(pathOf(key))) return null
      const bytes = Uint8Array.from(readFileSync(pathOf(key)))
      return { arrayBuffer: () => Promise.resolve(bytes.buffer) }
    },
    async delete(keys) {
      for (const key of [keys].flat()) rmSync(pathOf(key), { force: true })
      await turn()
    },
    async list({ prefix, limit, startAfter = '' }) {
      const keys = readdirSync(join(folder, prefix))
        .map((name) => `${prefix}${name}`)
        .filter((key) => key > startAfter)
        .toSorted()
      const objects = keys
        .slice(0, limit)
        .map((key) => ({ key, uploaded: statSync(pathOf(key)).mtime }))
      return { objects, truncated: keys.length > limit }
    },
  }
}

/** A bucket is over a network: others get their turn, and kills their moment. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}
