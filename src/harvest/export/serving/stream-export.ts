/**
 * An export as a stream of bytes, for those who fetch it: the same rows as in files. I/O through the ports. Who is in it is
 * known, and noted, before the first byte is given.
 */
import type { Clock } from '../../../lib/clock.ts'
import type { Bytes } from '../../../lib/compression.ts'
import type { JsonObject } from '../../../lib/json.ts'
import type { DatasetSplit } from '../../example.ts'
import type { DropReason, SetStage } from '../../stage.ts'
import type { IndexEntry } from '../passes/export-index.ts'
import { type RunExportPorts, runExport } from '../run-export.ts'
import type { ExportFigures } from '../tally.ts'
import { streamPieces } from './stream-pieces.ts'

/** What becomes of rows on their way out. */
export type StreamWriter = {
  row(row: JsonObject, split: DatasetSplit): readonly Bytes[]
  /** Told of each example that is dropped. */
  dropped?(id: string, reason: DropReason): void
  /** The rest, when all rows were given. */
  end(figures: ExportFigures): readonly Bytes[]
}

export type StreamPorts = Omit<RunExportPorts, 'write' | 'onChosen' | 'stop'> & {
  readonly writer: StreamWriter
  /** Notes whose transcripts are in it. @throws to give nothing. */
  readonly note: (entries: Iterable<IndexEntry>) => Promise<void>
  /** Called once, when there is no more to read of it: given, broken or left. */
  readonly onEnd: () => void
  /** Told of what broke a stream that had begun. */
  readonly report: (error: unknown) => void
  /** Of whoever asked: nothing is read for somebody who is gone. */
  readonly signal: AbortSignal
  readonly clock: Pick<Clock, 'monotonic'>
}

/** Resolves once all is known but the rows. @throws what `note` throws, and whatever the first pass does. */
export function streamExport(ports: StreamPorts): Promise<ReadableStream<Bytes>> {
  const { writer, note } = ports
  return streamPieces(ports, async ({ put, stop, begin }) => {
    const figures = await runExport({
      ...ports,
      sets: [...ports.sets, EVERYTHING],
      stop,
      async onChosen(entries) {
        await note(entries)
        stop.throwIfAborted()
        begin()
      },
      onDropped(id, reason) {
        writer.dropped?.(id, reason)
        ports.onDropped?.(id, reason)
      },
      write(row, split) {
        const ready = writer.row(row, split)
        if (ready.length > 0) return put(ready)
      },
    })
    await put(writer.end(figures))
  })
}

/** Drops nothing, and makes two passes of any export. */
const EVERYTHING: SetStage = { name: 'everything', version: 1, add: () => {}, verdict: () => null }
