/**
 * The one place that exports of a gateway have: each reads what it gives twice, and two would double what a gateway bears. It owns
 * no timer; no I/O of its own.
 */
import type { Database } from '../../../database/database.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Blobs } from '../../../transcript/store/sink.ts'

export type TakenPlace = {
  /** Hears of each look at the store, by which the place is held. */
  readonly seen: () => void
  readonly free: () => void
}

/** Longer than anything that an export does between two looks at the store. */
const STALE_MS = 15 * 60_000

/** Gives a function that takes the place; null while another has it. */
export function createExportPlace(clock: Pick<Clock, 'monotonic'>): () => TakenPlace | null {
  let place: { seenMs: number } | null = null
  return function take() {
    // A platform may end an export without a word, with whoever had asked: nobody would free its place.
    if (place && clock.monotonic() - place.seenMs < STALE_MS) return null
    const own = { seenMs: clock.monotonic() }
    place = own
    return {
      seen() {
        own.seenMs = clock.monotonic()
      },
      free() {
        if (place === own) place = null
      },
    }
  }
}

type Store = { readonly database: Database; readonly blobs: Blobs }

/** The same store, which tells of each look at it. */
export function watched({ database, blobs }: Store, seen: () => void): Store {
  return {
    database: {
      dialect: database.dialect,
      all(sql, params) {
        seen()
        return database.all(sql, params)
      },
      batch: (statements, options) => database.batch(statements, options),
      close: () => database.close(),
    },
    blobs: {
      ...blobs,
      get(key) {
        seen()
        return blobs.get(key)
      },
    },
  }
}
