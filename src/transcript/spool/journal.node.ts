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
  /** Told of bytes that were kept aside: how many, and in which file. */
  readonly onAside?: (aside: { readonly file: string; readonly bytes: number }) => void
}

type Own = { readonly folder: JournalFolder; readonly writer: JournalWriter }
type Take = (entries: readonly Uint8Array[]) => Promise<Taken>

/** Entries given to the store at a time. */
const BATCH_ENTRIES = 64

/** Opens the journal and takes over what dead processes left in it. */
export function openJournal({ path, onAside }: JournalOptions): DrainableSpool {
  const dead: JournalFolder[] = [...claimDeadFolders(path)]
  const own: Own[] = []
  /** How many entries of a file have been taken already, so that an interrupted drain does not begin anew. */
  const taken = new Map<string, number>()
  let waiting = dead.flatMap((folder) => folder.files()).reduce((sum, file) => sum + count(file), 0)
  let draining: Promise<'emptied' | 'interrupted'> | null = null

  const writer = (): JournalWriter => {
    const [mine] = own
    if (mine) return mine.writer
    const folder = claimNewFolder(path)
    const made = { folder, writer: createJournalWriter(folder.path) }
    own.push(made)
    return made.writer
  }

  const keepAside = async (name: string, bytes: Buffer): Promise<void> => {
    const aside = join(path, 'aside')
    mkdirSync(aside, { recursive: true, mode: 0o700 })
    const file = join(aside, name)
    const handle = await open(file, 'w', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    syncFolder(aside)
    onAside?.({ file, bytes: bytes.length })
  }

  /** True when everything in the file is durable elsewhere and the file is gone. */
  const drainFile = async (file: string, take: Take): Promise<boolean> => {
    const content = await readFile(file)
    const { payloads, soundBytes } = readFrames(content)
    const name = `${basename(join(file, '..'))}-${basename(file, '.journal')}`
    for (let at = taken.get(file) ?? 0; at < payloads.length; at += BATCH_ENTRIES) {
      const some = payloads.slice(at, at + BATCH_ENTRIES)
      const end = await take(some)
      if (!end.ok) return false
      if (end.refused.length > 0) {
        const frames = [MAGIC, ...end.refused.map((entry) => frame(entry))]
        await keepAside(`${name}-${at}.refused`, Buffer.concat(frames))
      }
      taken.set(file, at + some.length)
      waiting = Math.max(0, waiting - some.length)
    }
    const tail = content.subarray(soundBytes)
    if (tail.length > 0) await keepAside(`${name}.torn`, tail)
    rmSync(file)
    taken.delete(file)
    return true
  }

  const drainFolder = async (folder: JournalFolder, take: Take): Promise<boolean> => {
    for (const file of folder.files()) if (!(await drainFile(file, take))) return false
    return true
  }

  const drain = async (take: Take): Promise<'emptied' | 'interrupted'> => {
    for (const folder of claimDeadFolders(path)) {
      dead.push(folder)
      waiting += folder.files().reduce((sum, file) => sum + count(file), 0)
    }
    for (let [folder] = dead; folder; [folder] = dead) {
      if (!(await drainFolder(folder, take))) return 'interrupted'
      folder.release()
      dead.shift()
    }
    const [mine] = own
    if (!mine) return 'emptied'
    await mine.writer.seal()
    return (await drainFolder(mine.folder, take)) ? 'emptied' : 'interrupted'
  }

  return {
    get waiting() {
      return waiting
    },
    async append(entry) {
      await writer().append(entry)
      waiting++
    },
    drain(take) {
      draining ??= drain(take).finally(() => {
        draining = null
      })
      return draining
    },
    async close() {
      await draining
      const [mine] = own
      await mine?.writer.seal()
      for (const folder of [...dead.splice(0), ...(mine ? [mine.folder] : [])]) folder.release()
    },
  }
}

function count(file: string): number {
  return readFrames(readFileSync(file)).payloads.length
}
