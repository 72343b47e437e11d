/**
 * Keeps what serves as fresh as the database on Node: looks again and again, and at once when PostgreSQL announces a
 * change. Network I/O. Without announcements it is the looking alone that keeps the promise of two seconds.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { listenPostgres } from '../../database/postgres-listen.node.ts'
import type { LiveRepository } from '../../revisions/serving/live-repository.ts'
import { startRefreshLoop } from '../../revisions/serving/refresh-loop.ts'
import { STATES_CHANNEL } from '../../revisions/store.ts'
import type { Config } from '../config.ts'

export type Freshness = {
  /** Resolves when the database was reached for the first time from now on. */
  readonly reached: Promise<void>
  close(): Promise<void>
}

/** A file is cheap to look into; another process is the only one who does not tell of its changes. */
const SQLITE_MS = 500
const POSTGRES_MS = 1_000

export function keepFresh({ databaseUrl }: Config, policies: LiveRepository): Freshness {
  const loop = startRefreshLoop({
    refresh: () => policies.refresh(),
    everyMs: databaseUrl === null ? SQLITE_MS : POSTGRES_MS,
    pause: (ms, signal) => pause(ms, undefined, { signal, ref: false }).catch(() => {}),
  })
  const listening =
    databaseUrl === null
      ? null
      : listenPostgres({
          url: databaseUrl,
          channel: STATES_CHANNEL,
          onNotified: () => loop.poke(),
        })
  return {
    reached: loop.reached,
    async close() {
      await listening?.close()
      await loop.close()
    },
  }
}
