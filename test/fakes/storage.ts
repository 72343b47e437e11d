/** In-memory doubles of the storage ports and bindings, which count and can be made to fail. */
import type { Copies } from '../../src/lib/copies.ts'
import { fail, type Result, succeed } from '../../src/lib/result.ts'
import type { Metrics } from '../../src/telemetry/metrics.ts'
import { noMetrics } from '../../src/telemetry/metrics.ts'
import type { TranscriptEntry } from '../../src/transcript/store/entry.ts'
import type { R2Like } from '../../src/transcript/store/r2-blobs.ts'
import type { Spool } from '../../src/transcript/store/sink.ts'
import type { AppendFailure, TranscriptStore } from '../../src/transcript/store/store.ts'

export type Fate = Parameters<Metrics['transcript']>[0]

export function countingMetrics(): Metrics & {
  readonly fates: Fate[]
  /** Why something was dropped, as far as it was said. */
  readonly drops: string[]
  /** What became of the state of conversations. */
  readonly states: Parameters<Metrics['state']>[0][]
} {
  const fates: Fate[] = []
  const drops: string[] = []
  const states: Parameters<Metrics['state']>[0][] = []
  return {
    ...noMetrics,
    fates,
    drops,
    states,
    state: (fate) => states.push(fate),
    transcript(fate, why) {
      fates.push(fate)
      if (why) drops.push(why)
    },
  }
}

export type FakeStore = TranscriptStore & {
  readonly entries: Map<string, TranscriptEntry>
  /** How the next appends end: done, failed, or never. */
  state: 'up' | 'unavailable' | 'hanging'
  /** Ids that are refused for good. */
  readonly refused: Set<string>
  calls: number
}

export function fakeStore(): FakeStore {
  const store: FakeStore = {
    entries: new Map(),
    state: 'up',
    refused: new Set(),
    calls: 0,
    async append(entries): Promise<Result<null, AppendFailure>> {
      store.calls++
      if (store.state === 'hanging') return new Promise(() => {})
      if (store.state === 'unavailable') return fail({ reason: 'unavailable', detail: 'down' })
      if (entries.some(({ row }) => store.refused.has(row.id))) {
        return fail({ reason: 'rejected', detail: 'refused' })
      }
      for (const entry of entries) store.entries.set(entry.row.id, entry)
      return succeed(null)
    },
    read: () => Promise.resolve(null),
    list: () => Promise.resolve([]),
    rows: () => Promise.resolve([]),
    count: () => Promise.resolve(0),
    names: async () => [],
  }
  return store
}

export function fakeSpool(): Spool & { readonly entries: Uint8Array[]; broken: boolean } {
  const entries: Uint8Array[] = []
  const spool = {
    entries,
    broken: false,
    get waiting() {
      return entries.length
    },
    append(entry: Uint8Array) {
      if (spool.broken) return Promise.reject(new Error('disk full'))
      entries.push(entry)
      return Promise.resolve()
    },
  }
  return spool
}

export function fakeBucket(): R2Like & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>()
  return {
    objects,
    put(key, bytes) {
      objects.set(key, Uint8Array.from(bytes))
      return Promise.resolve()
    },
    get(key) {
      const bytes = objects.get(key)
      const buffer = bytes && Uint8Array.from(bytes).buffer
      return Promise.resolve(buffer ? { arrayBuffer: () => Promise.resolve(buffer) } : null)
    },
    delete(keys) {
      for (const key of [keys].flat()) objects.delete(key)
      return Promise.resolve()
    },
  }
}

export type MemoryCopies = Copies & { readonly texts: Map<string, string>; broken: boolean }

export function memoryCopies(): MemoryCopies {
  const texts = new Map<string, string>()
  const copies: MemoryCopies = {
    texts,
    broken: false,
    async read(name) {
      if (copies.broken) throw new Error('disk full')
      return texts.get(name) ?? null
    },
    async write(name, text) {
      if (copies.broken) throw new Error('disk full')
      texts.set(name, text)
    },
  }
  return copies
}
