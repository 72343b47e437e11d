/**
 * A list beside the rows of an export: the ids of what it set apart, or what is to be taken out of earlier ones. A line each, and
 * never a word of content. File I/O. It takes its name with the rest of the export, and there is none where nothing is in it.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { writeAll } from '../../../lib/write-all.node.ts'

type ListFile = {
  add(line: string): void
  finish(): void
  publish(): void
  abandon(): void
}

function openListFile(path: string, unfinished: string): ListFile {
  let descriptor: number | null = null
  let isWritten = false
  const close = () => {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }
  return {
    add(line) {
      descriptor ??= openSync(unfinished, 'wx', 0o600)
      isWritten = true
      writeAll(descriptor, Buffer.from(`${line}\n`))
    },
    finish() {
      if (descriptor !== null) fsyncSync(descriptor)
      close()
    },
    publish() {
      if (isWritten) renameSync(unfinished, path)
      else rmSync(path, { force: true })
    },
    abandon() {
      close()
      rmSync(unfinished, { force: true })
    },
  }
}

/** Both lists of an export, which begin, end and vanish together. `unfinished`: how names end until then. */
export function openLists(
  { quarantine, tombstones }: { readonly quarantine: string; readonly tombstones: string },
  unfinished: string,
) {
  const apart = openListFile(quarantine, `${quarantine}${unfinished}`)
  const gone = openListFile(tombstones, `${tombstones}${unfinished}`)
  const both = [apart, gone]
  return {
    apart,
    gone,
    finish() {
      for (const list of both) list.finish()
    },
    publish() {
      for (const list of both) list.publish()
    },
    abandon() {
      for (const list of both) list.abandon()
    },
  }
}
