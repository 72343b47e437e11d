/**
 * Listens to a channel of PostgreSQL over a connection of its own, and comes back whenever that breaks. Network I/O.
 * A notification may be lost with a connection, so that every new connection counts as one; a server that has fallen
 * silent is not noticed here: whoever listens must look from time to time by itself.
 */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { beforeTimeout } from '../lib/before-timeout.ts'

export type ListenOptions = {
  readonly url: string
  /** A name that needs no quotes. */
  readonly channel: string
  readonly onNotified: () => void
  readonly connectTimeoutMs?: number
  /** Before each further try. */
  readonly pauseMs?: number
}

export type Listening = { close(): Promise<void> }

const END_MS = 1_000

export function listenPostgres(options: ListenOptions): Listening {
  const { pauseMs = 1_000 } = options
  const ending = new AbortController()
  const { signal } = ending

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await listenOnce(options, signal)
      await pause(pauseMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  const running = run()

  return {
    async close() {
      ending.abort()
      await running
    },
  }
}

/** Listens until the connection breaks or the signal ends it; it never rejects. */
async function listenOnce(options: ListenOptions, signal: AbortSignal): Promise<void> {
  const { url, channel, onNotified, connectTimeoutMs = 5_000 } = options
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
    keepAlive: true,
    application_name: 'chambers',
  })
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  const leave = () => end()
  // Unheard, an error of a connection would end the process.
  client.on('error', leave)
  client.on('end', leave)
  signal.addEventListener('abort', leave)
  client.on('notification', onNotified)
  try {
    await Promise.race([client.connect(), over])
    if (signal.aborted) return
    await Promise.race([client.query(`LISTEN ${channel}`), over])
    onNotified()
    await over
  } catch {
    // The next try tells whether it was for good.
  } finally {
    // An outage of days is a hundred thousand connections.
    signal.removeEventListener('abort', leave)
    await beforeTimeout<void>(
      client.end().catch(() => {}),
      END_MS,
      () => {},
    )
  }
}
