/**
 * The spool on Node: a local journal, flushed before it is acknowledged, drained in order into the store. Does file I/O.
 * A file is removed only after all its entries are committed elsewhere, so that a crash at any moment loses nothing and
 * at worst repeats (which appending by id bears). Torn tails and refused entries are kept aside, never thrown away.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DrainableSpool, Taken } from '../store/sink.ts'
import { frame, MAGIC, readFrames } from './frames.node.ts'
import {
  claimDeadFolders,
  claimNewFolder,
  type JournalFolder,
  syncFolder,
} from './journal-folder.node.ts'
import { createJournalWriter, type JournalWriter } from './journal-writer.node.ts'

export type JournalOptions = {
  /** The folder of all journals; several processes may share it. */
  readonly path: string
  /** Hears of bytes that were kept aside: how many, and in which file. */
  readonly onAside?: (aside: { readonly file: string; readonly bytes: number }) => void
}

type Own = { readonly folder: JournalFolder; readonly writer: JournalWriter }
type Take = (entries: readonly Uint8Array[]) => Promise<Taken>

/** Entries given to the store at a time. */
const BATCH_ENTRIES = 64

/** Opens the journal and takes over what dead processes left in it. */
export function openJournal(options: JournalOptions): DrainableSpool {
  return new Journal(options)
}

class Journal implements DrainableSpool {
  readonly #path: string
  readonly #aside: Aside
  /** Left by processes that are gone, until they are drained. */
  readonly #dead: JournalFolder[]
  /** Made with the first entry. */
  #own: Own | null = null
  /** How many entries of a file have been taken already, so that an interrupted drain does not begin anew. */
  readonly #taken = new Map<string, number>()
  #waiting: number
  #draining: Promise<'emptied' | 'interrupted'> | null = null

  constructor({ path, onAside }: JournalOptions) {
    this.#path = path
    this.#aside = { path: join(path, 'aside'), onAside }
    this.#dead = [...claimDeadFolders(path)]
    this.#waiting = this.#dead.reduce((sum, folder) => sum + countIn(folder), 0)
  }

  get waiting(): number {
    return this.#waiting
  }

  async append(entry: Uint8Array): Promise<void> {
    await this.#writer().append(entry)
    this.#waiting++
  }

  drain(take: Take): Promise<'emptied' | 'interrupted'> {
    this.#draining ??= this.#drain(take).finally(() => {
      this.#draining = null
    })
    return this.#draining
  }

  async close(): Promise<void> {
    await this.#draining
    const own = this.#own
    await own?.writer.seal()
    for (const folder of [...this.#dead.splice(0), ...(own ? [own.folder] : [])]) folder.release()
  }

  #writer(): JournalWriter {
    if (this.#own) return this.#own.writer
    const folder = claimNewFolder(this.#path)
    this.#own = { folder, writer: createJournalWriter(folder.path) }
    return this.#own.writer
  }

  async #drain(take: Take): Promise<'emptied' | 'interrupted'> {
    for (const folder of claimDeadFolders(this.#path)) {
      this.#dead.push(folder)
      this.#waiting += countIn(folder)
    }
    for (let [folder] = this.#dead; folder; [folder] = this.#dead) {
      if (!(await this.#drainFolder(folder, take))) return 'interrupted'
      folder.release()
      this.#dead.shift()
    }
    const own = this.#own
    if (!own) return 'emptied'
    await own.writer.seal()
    return (await this.#drainFolder(own.folder, take)) ? 'emptied' : 'interrupted'
  }

  async #drainFolder(folder: JournalFolder, take: Take): Promise<boolean> {
    for (const file of folder.files()) if (!(await this.#drainFile(file, take))) return false
    return true
  }

  /** True when everything in the file is durable elsewhere and the file is gone. */
  async #drainFile(file: string, take: Take): Promise<boolean> {
    const content = await readFile(file)
    const { payloads, soundBytes } = readFrames(content)
    const name = `${basename(join(file, '..'))}-${basename(file, '.journal')}`
    for (let at = this.#taken.get(file) ?? 0; at < payloads.length; at += BATCH_ENTRIES) {
      const some = payloads.slice(at, at + BATCH_ENTRIES)
      const end = await take(some)
      if (!end.ok) return false
      if (end.refused.length > 0) {
        const frames = [MAGIC, ...end.refused.map((entry) => frame(entry))]
        await keepAside(this.#aside, `${name}-${at}.refused`, Buffer.concat(frames))
      }
      this.#taken.set(file, at + some.length)
      this.#waiting = Math.max(0, this.#waiting - some.length)
    }
    const tail = content.subarray(soundBytes)
    if (tail.length > 0) await keepAside(this.#aside, `${name}.torn`, tail)
    rmSync(file)
    this.#taken.delete(file)
    return true
  }
}

/** Where bytes go that the store would not have, and who hears of it. */
type Aside = { readonly path: string; readonly onAside: JournalOptions['onAside'] }

async function keepAside({ path, onAside }: Aside, name: string, bytes: Buffer): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const file = join(path, name)
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  syncFolder(path)
  onAside?.({ file, bytes: bytes.length })
}

function countIn(folder: JournalFolder): number {
  return folder.files().reduce((sum, file) => sum + count(file), 0)
}

function count(file: string): number {
  return readFrames(readFileSync(file)).payloads.length
}
