/**
 * The sink of relayed requests (`off`): content-free rows, collected and written many at a time. I/O through the store.
 * Best effort by design: what waits is lost with the process, and what finds no room is dropped; both within a bound, and
 * every drop is counted. A flush takes its rows before it waits for anything, so that no flush ever waits for another:
 * on Workers the other's request may be gone, and with it whatever it was waiting for.
 */

import type { Metrics } from '../../telemetry/metrics.ts'
import type { Transcript } from '../record/record.ts'
import { appendEach } from './append-each.ts'
import { type Packing, type TranscriptEntry, toEntry } from './entry.ts'
import type { TranscriptStore } from './store.ts'

export type BatchSinkOptions = {
  readonly store: TranscriptStore
  readonly compression: Packing
  readonly metrics: Metrics
  /** So many rows may wait or be on their way. */
  readonly room?: number
  /** So many rows are written at a time. */
  readonly batchRows?: number
}

export interface BatchSink {
  /** Takes a content-free transcript; true when a batch is full and a flush is due. */
  add(transcript: Transcript): boolean
  /** Writes what waits, as far as the store takes it. Never rejects. */
  flush(): Promise<void>
  readonly waiting: number
}

export function createBatchSink(options: BatchSinkOptions): BatchSink {
  const { store, compression, metrics, room = 10_000, batchRows = 250 } = options
  const waiting: Transcript[] = []
  let onTheirWay = 0

  /** False when the store took none of them. */
  const write = async (some: readonly Transcript[]): Promise<boolean> => {
    const entries: TranscriptEntry[] = []
    for (const transcript of some) entries.push(await toEntry(transcript, compression))
    const appended = await appendEach(store, entries)
    if (!appended.ok) return false
    for (const _ of appended.value) metrics.transcript('dropped')
    for (let count = some.length - appended.value.length; count > 0; count--) {
      metrics.transcript('written')
    }
    return true
  }

  return {
    get waiting() {
      return waiting.length
    },
    add(transcript) {
      if (waiting.length + onTheirWay >= room) metrics.transcript('dropped')
      else waiting.push(transcript)
      return waiting.length >= batchRows
    },
    async flush() {
      while (waiting.length > 0) {
        const some = waiting.splice(0, batchRows)
        onTheirWay += some.length
        const isWritten = await write(some)
        onTheirWay -= some.length
        if (isWritten) continue
        waiting.unshift(...some)
        return
      }
    },
  }
}
