/**
 * The sink of answered requests: the store, else the spool, else a failure. I/O through both ports.
 * It resolves only once the transcript is durable. A store that hangs holds one answer for the timeout and the next
 * ones not at all: for a while everything goes to the spool at once.
 */
import { beforeTimeout } from '../../lib/before-timeout.ts'
import type { Clock } from '../../lib/clock.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { type Packing, packEntry, type TranscriptEntry, toEntry } from '../store/entry.ts'
import type { Spool, TranscriptSink } from '../store/sink.ts'
import type { AppendFailure, TranscriptStore } from '../store/store.ts'

export type DurableSinkOptions = {
  readonly store: TranscriptStore
  /** Null: there is nowhere else to go. */
  readonly spool: Spool | null
  readonly compression: Packing
  readonly metrics: Metrics
  readonly clock: Clock
  /** A write that takes longer is given up; it may still take effect, which appending by id bears. */
  readonly storeTimeoutMs?: number
}

/** So long after the store was found unavailable nobody waits for it, if there is a spool to go to. */
const AVOID_MS = 1_000

export function createDurableSink(options: DurableSinkOptions): TranscriptSink {
  const { store, spool, compression, metrics, clock, storeTimeoutMs = 2_000 } = options
  let avoidUntil = Number.NEGATIVE_INFINITY

  const toStore = async (entry: TranscriptEntry): Promise<Result<null, AppendFailure>> => {
    const appended = await beforeTimeout<Result<null, AppendFailure>>(
      store.append([entry]),
      storeTimeoutMs,
      () =>
        fail({ reason: 'unavailable', detail: `The store took longer than ${storeTimeoutMs} ms` }),
    )
    if (!appended.ok && appended.failure.reason === 'unavailable') {
      avoidUntil = clock.monotonic() + AVOID_MS
    }
    return appended
  }

  const toSpool = async (place: Spool, entry: TranscriptEntry): Promise<Result<null, string>> => {
    try {
      await place.append(packEntry(entry))
      return succeed(null)
    } catch (error) {
      return fail(error instanceof Error ? error.message : 'The spool failed')
    }
  }

  return {
    async write(transcript, { onFailure }) {
      const place = onFailure === 'spool' ? spool : null
      const entry = await toEntry(transcript, compression)
      const avoid = place !== null && clock.monotonic() < avoidUntil
      const stored = avoid ? fail(AVOIDED) : await toStore(entry)
      if (stored.ok) {
        metrics.transcript('written')
        return succeed('stored')
      }
      const spooled = place ? await toSpool(place, entry) : fail('There is no spool')
      if (spooled.ok) {
        metrics.transcript('spooled')
        return succeed('spooled')
      }
      metrics.transcript('dropped')
      const detail = `${stored.failure.detail}; ${spooled.failure}`
      return fail({ reason: 'storage_unavailable', detail })
    },
  }
}

const AVOIDED: AppendFailure = {
  reason: 'unavailable',
  detail: 'The store was unavailable a moment ago',
}
