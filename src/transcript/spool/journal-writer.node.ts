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
  return new FolderWriter(folder)
}

class FolderWriter implements JournalWriter {
  readonly #folder: string
  readonly #waiting: Waiting[] = []
  #current: Open | null = null
  #number = 0
  /** One thing at a time touches the file: what comes next waits for this. */
  #turn: Promise<unknown> = Promise.resolve()
  #isScheduled = false

  constructor(folder: string) {
    this.#folder = folder
  }

  append(entry: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      this.#schedule()
    })
  }

  seal(): Promise<void> {
    return this.#inTurn(() => this.#close())
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    void this.#inTurn(() => this.#writeWaiting())
  }

  async #writeWaiting(): Promise<void> {
    this.#isScheduled = false
    const group = this.#waiting.splice(0, MAX_GROUP)
    if (this.#waiting.length > 0) this.#schedule()
    try {
      await this.#write(group)
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const { resolve } of group) resolve()
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const file = this.#current ?? (await this.#openNext())
    const bytes = Buffer.concat(group.map(({ entry }) => frame(entry)))
    try {
      const { bytesWritten } = await file.handle.write(bytes, 0, bytes.length, file.size)
      if (bytesWritten < bytes.length) throw new Error('The journal could not be written whole')
      await file.handle.datasync()
    } catch (error) {
      // After a failed flush nobody knows what the disk holds: cut to what was acknowledged, and begin anew.
      await file.handle.truncate(file.size).catch(() => {})
      await this.#close().catch(() => {})
      throw error
    }
    file.size += bytes.length
    if (file.size >= MAX_FILE_BYTES) await this.#close()
  }

  async #openNext(): Promise<Open> {
    const path = join(this.#folder, `${String(++this.#number).padStart(8, '0')}.journal`)
    const handle = await open(path, 'wx', 0o600)
    const file = { handle, size: 0 }
    this.#current = file
    await handle.write(MAGIC, 0, MAGIC.length, 0)
    file.size = MAGIC.length
    syncFolder(this.#folder)
    return file
  }

  async #close(): Promise<void> {
    const file = this.#current
    this.#current = null
    await file?.handle.close()
  }
}
