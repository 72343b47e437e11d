/**
 * Appends frames to numbered files of one folder, each acknowledged after it was flushed. Does file I/O.
 * Entries that arrive during a flush share the next one. After a failed write the file ends where it was sound.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { frame, MAGIC } from './frames.node.ts'
import { syncFolder } from './journal-folder.node.ts'

export type JournalWriter = {
  /** Resolves when the entry is durable. */
  append(entry: Uint8Array): Promise<void>
  /** Ends the current file; the next entry begins another. */
  seal(): Promise<void>
}

type Waiting = {
  readonly entry: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

type Open = { readonly handle: FileHandle; size: number }

const MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_GROUP = 256

export function createJournalWriter(folder: string): JournalWriter {
  const waiting: Waiting[] = []
  const current: Open[] = []
  let number = 0
  let turn: Promise<unknown> = Promise.resolve()
  let scheduled = false

  /** One thing at a time touches the file. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  const close = async (): Promise<void> => {
    const file = current.pop()
    await file?.handle.close()
  }

  const openNext = async (): Promise<Open> => {
    const path = join(folder, `${String(++number).padStart(8, '0')}.journal`)
    const handle = await open(path, 'wx', 0o600)
    const file = { handle, size: 0 }
    current.push(file)
    await handle.write(MAGIC, 0, MAGIC.length, 0)
    file.size = MAGIC.length
    syncFolder(folder)
    return file
  }

  const write = async (group: readonly Waiting[]): Promise<void> => {
    const file = current[0] ?? (await openNext())
    const bytes = Buffer.concat(group.map(({ entry }) => frame(entry)))
    try {
      const { bytesWritten } = await file.handle.write(bytes, 0, bytes.length, file.size)
      if (bytesWritten < bytes.length) throw new Error('The journal could not be written whole')
      await file.handle.datasync()
    } catch (error) {
      // After a failed flush nobody knows what the disk holds: cut to what was acknowledged, and begin anew.
      await file.handle.truncate(file.size).catch(() => {})
      await close().catch(() => {})
      throw error
    }
    file.size += bytes.length
    if (file.size >= MAX_FILE_BYTES) await close()
  }

  const writeWaiting = async (): Promise<void> => {
    scheduled = false
    const group = waiting.splice(0, MAX_GROUP)
    if (waiting.length > 0) schedule()
    try {
      await write(group)
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const { resolve } of group) resolve()
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    void inTurn(writeWaiting)
  }

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject })
        schedule()
      }),
    seal: () => inTurn(close),
  }
}
