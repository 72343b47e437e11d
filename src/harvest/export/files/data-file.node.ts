/**
 * One file of rows on its way to the disk: under an unfinished name until it is whole, flushed and published. File I/O. What it
 * publishes and removes is its own: another command may have put its file there meanwhile.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs'
import { createGzip } from 'node:zlib'
import type { JsonObject } from '../../../lib/json.ts'
import { writeAll } from '../../../lib/write-all.node.ts'
import type { RowEncoder } from './encode-rows.ts'
import type { ExportFile } from './manifest.ts'

export type DataFile = {
  write(row: JsonObject): Promise<void> | void
  finish(): Promise<Pick<ExportFile, 'rows' | 'bytes' | 'sha256'>>
  /** @throws Error where another command has put its own in the place of it. */
  check(): void
  publish(): void
  abandon(): void
}

export type DataFileOptions = {
  readonly path: string
  /** What it is called until it is published. */
  readonly unfinished: string
  readonly encoder: RowEncoder
  readonly gzip: boolean
}

export function openDataFile({ path, unfinished, encoder, gzip }: DataFileOptions): DataFile {
  // Never through a link that somebody has put there.
  const descriptor = openSync(unfinished, 'wx', 0o600)
  const { dev, ino } = fstatSync(descriptor)
  const hash = createHash('sha256')
  let [rows, bytes] = [0, 0]
  let isOpen = true
  const close = () => {
    if (isOpen) closeSync(descriptor)
    isOpen = false
  }
  const isOwn = () => {
    const found = lstatSync(unfinished, { throwIfNoEntry: false })
    return found?.dev === dev && found.ino === ino
  }
  const store = (piece: Uint8Array) => {
    writeAll(descriptor, piece)
    hash.update(piece)
    bytes += piece.length
  }
  const packer = gzip ? startGzip(store) : null
  const put = (pieces: readonly Uint8Array[]): Promise<void> | void => {
    if (packer) return packer.write(pieces)
    for (const piece of pieces) store(piece)
  }
  return {
    write(row) {
      rows++
      const pieces = encoder.add(row)
      if (pieces.length > 0) return put(pieces)
    },
    async finish() {
      await put(encoder.finish())
      await packer?.end()
      fsyncSync(descriptor)
      close()
      return { rows, bytes, sha256: hash.digest('hex') }
    },
    check() {
      if (!isOwn()) throw new Error(`Export again: another command writes to ${path}`)
    },
    publish: () => renameSync(unfinished, path),
    abandon() {
      close()
      if (isOwn()) rmSync(unfinished, { force: true })
    },
  }
}

/** Without a name or a time in its header, so that the same rows are the same bytes. */
function startGzip(store: (piece: Uint8Array) => void) {
  const gzip = createGzip()
  gzip.on('data', store)
  const ended = new Promise<void>((resolve, reject) => {
    gzip.on('end', resolve)
    gzip.on('error', reject)
  })
  return {
    async write(pieces: readonly Uint8Array[]) {
      for (const piece of pieces) {
        await new Promise<void>((resolve, reject) => {
          gzip.write(piece, (error) => (error ? reject(error) : resolve()))
        })
      }
    },
    async end() {
      gzip.end()
      await ended
    },
  }
}
