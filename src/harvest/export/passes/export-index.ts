/**
 * What the first pass over an export remembers of each example, so that stages which need all of them can look, and the second
 * pass finds them again. The port, and one in memory for what is small, which holds fingerprints and ids, no content.
 */
import type { DatasetSplit } from '../../example.ts'
import type { Trace } from '../../stage.ts'

export type IndexEntry = {
  /** Of the transcript, in the order in which things were stored: its place in the order of the export. */
  readonly number: number
  readonly transcript: string
  readonly choice: number
  readonly subject: string | null
  /** Null for a record, which is in no split. */
  readonly split: DatasetSplit | null
  readonly trace: Trace
}

export interface ExportIndex {
  /** In order. @throws IndexFullError where it takes no more. */
  add(entry: IndexEntry): void
  readonly size: number
  /** All, in order. */
  entries(): Iterable<IndexEntry>
  /** Where there is room for more than fingerprints; without it the second pass makes the rows anew. */
  readonly rows?: {
    /** For the entry of this order. */
    put(order: number, packed: string): void
    /** What was put. */
    get(order: number): string
  }
  close(): void
}

/** More examples than an index in memory takes. */
export class IndexFullError extends RangeError {
  override readonly name = 'IndexFullError'
}

/** @throws IndexFullError on adding more than `max`. */
export function createMemoryIndex(max: number): ExportIndex {
  const all: IndexEntry[] = []
  return {
    add(entry) {
      if (all.length >= max) {
        throw new IndexFullError(`Ask for fewer at once: at most ${max} examples are compared here`)
      }
      all.push(entry)
    },
    get size() {
      return all.length
    },
    entries: () => all,
    close() {
      all.length = 0
    },
  }
}
