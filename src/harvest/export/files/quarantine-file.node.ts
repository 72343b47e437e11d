/**
 * The ids of what an export set apart, for people who may look at it: a line each, and never a word of it. File I/O. It takes its
 * name with the rest of the export, and there is none where nothing was set apart.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

export type QuarantineFile = {
  add(id: string): void
  finish(): void
  publish(): void
  abandon(): void
}

export function openQuarantineFile(path: string, unfinished: string): QuarantineFile {
  let descriptor: number | null = null
  let isWritten = false
  const close = () => {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }
  return {
    add(id) {
      descriptor ??= openSync(unfinished, 'wx', 0o600)
      isWritten = true
      writeSync(descriptor, `${id}\n`)
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
