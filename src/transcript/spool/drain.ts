/**
 * Empties a spool into the store, in order, once the store is back. I/O through both ports; started by the entry.
 * An entry leaves the spool only after its row is committed; one the store will never take is kept aside and counted.
 */
import { type Backoff, backoff, jittered } from '../../lib/backoff.ts'
import type { Random } from '../../lib/clock.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { appendEach } from '../store/append-each.ts'
import { type TranscriptEntry, unpackEntry } from '../store/entry.ts'
import type { DrainableSpool, Taken } from '../store/sink.ts'
import type { TranscriptStore } from '../store/store.ts'

export type DrainOptions = {
  readonly spool: DrainableSpool
  readonly store: TranscriptStore
  readonly metrics: Metrics
}

/** Empties the spool as far as the store takes it. */
export function drainSpool({ spool, store, metrics }: DrainOptions) {
  return spool.drain(async (packed) => {
    const taken = await takeEntries(packed, { store, metrics })
    if (taken.ok) for (const _ of taken.refused) metrics.transcript('dropped')
    return taken
  })
}

/** Appends packed entries to the store; those it refuses, and those that cannot be read, come back as refused. */
export async function takeEntries(
  packed: readonly Uint8Array[],
  { store, metrics }: Pick<DrainOptions, 'store' | 'metrics'>,
): Promise<Taken> {
  const refused: Uint8Array[] = []
  const entries: (TranscriptEntry & { readonly packed: Uint8Array })[] = []
  for (const bytes of packed) {
    const unpacked = unpackEntry(bytes)
    if (unpacked.ok) entries.push({ ...unpacked.value, packed: bytes })
    else refused.push(bytes)
  }
  const appended = await appendEach(store, entries)
  if (!appended.ok) return { ok: false }
  refused.push(...appended.value.map((entry) => entry.packed))
  for (let count = packed.length - refused.length; count > 0; count--) metrics.transcript('written')
  return { ok: true, refused }
}

export type DrainLoopOptions = DrainOptions & {
  readonly random: Random
  /** A pause, ended early by the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends the loop. */
  readonly signal: AbortSignal
  /** Told when draining itself broke: names and places, never content. */
  readonly report: (error: unknown) => void
}

const BACKOFF_MS: Backoff = { first: 500, longest: 15_000 }

/** Drains until the signal ends it, with longer and longer pauses (and jitter) while the store stays away. */
export async function runDrainLoop(options: DrainLoopOptions): Promise<void> {
  const { spool, random, pause, signal, report } = options
  let tries = 1
  while (!signal.aborted) {
    await pause(jittered(backoff(BACKOFF_MS, tries), random), signal)
    if (signal.aborted || spool.waiting === 0) continue
    try {
      const end = await drainSpool(options)
      tries = end === 'emptied' ? 1 : tries + 1
    } catch (error) {
      report(error)
      // As long as it may be, until one succeeds.
      tries = Number.POSITIVE_INFINITY
    }
  }
}
