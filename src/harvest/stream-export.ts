/**
 * An export as a stream of bytes, for those who fetch it: the same rows as in files. I/O through the ports. Who is in it is
 * known, and noted, before the first byte is given.
 */
import type { Bytes } from '../lib/compression.ts'
import type { RowEncoder } from './encode-rows.ts'
import type { Split } from './example.ts'
import type { IndexEntry } from './export-index.ts'
import { type ExportPorts, runExport } from './run-export.ts'
import type { SetStage } from './stage.ts'

export type StreamPorts = Omit<ExportPorts, 'write' | 'onKept' | 'onChosen' | 'stop'> & {
  readonly encoder: RowEncoder
  /** Null: of all. */
  readonly split: Split | null
  /** Notes whose transcripts are in it. @throws to give nothing. */
  readonly note: (entries: Iterable<IndexEntry>) => Promise<void>
  /** Called once, when there is no more to read of it: given, broken or left. */
  readonly onEnd: () => void
  /** Told of what broke a stream that had begun. */
  readonly report: (error: unknown) => void
}

/** Resolves once all is known but the rows. @throws what `note` throws, and whatever the first pass does. */
export async function streamExport(ports: StreamPorts): Promise<ReadableStream<Bytes>> {
  const { encoder, split, note, report, onEnd } = ports
  const stopping = new AbortController()
  const pieces = new TransformStream<Bytes, Bytes>()
  const writer = pieces.writable.getWriter()
  const begun = Promise.withResolvers<void>()
  const put = async (all: readonly Bytes[]) => {
    for (const piece of all) await writer.write(piece)
  }
  writer.closed.catch((error: unknown) => stopping.abort(error))
  const run = async () => {
    await runExport({
      ...ports,
      sets: [...ports.sets, EVERYTHING],
      stop: stopping.signal,
      async onChosen(entries) {
        await note(entries)
        isBegun = true
        begun.resolve()
      },
      write(row, rowSplit) {
        if (split !== null && rowSplit !== split) return
        const ready = encoder.add(row)
        if (ready.length > 0) return put(ready)
      },
    })
    await put(encoder.finish())
    await writer.close()
  }
  let isBegun = false
  run()
    .catch((error: unknown) => {
      begun.reject(error)
      // Half a stream must not look like a whole one.
      writer.abort(error).catch(() => {})
      if (isBegun && !stopping.signal.aborted) report(error)
    })
    .finally(onEnd)
  await begun.promise
  return pieces.readable
}

/** Drops nothing, and makes two passes of any export. */
const EVERYTHING: SetStage = { name: 'everything', version: 1, add: () => {}, verdict: () => null }
