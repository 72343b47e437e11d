/**
 * Where transcripts go: the port of the pipeline's last step, and of what it writes into. Types only.
 * `write` resolves only when the transcript is durable, in the store or in the spool; a failure means neither took it.
 */
import type { Statement } from '../../database/database.ts'
import type { Result } from '../../lib/result.ts'
import type { Transcript } from '../record/record.ts'

export type StorageFailure = { readonly reason: 'storage_unavailable'; readonly detail: string }

export interface TranscriptSink {
  write(
    transcript: Transcript,
    options: { readonly onFailure: 'spool' | 'block' },
  ): Promise<Result<'stored' | 'spooled', StorageFailure>>
}

/** Content behind the index: the same database on Node, object storage on Workers. */
export interface Blobs {
  /**
   * Stores the bytes, or gives the statements that will store them in the batch of the index row, behind it: where `row` is
   * named, only if that row is there by then.
   */
  put(key: string, bytes: Uint8Array, row?: string): Promise<readonly Statement[]>
  get(key: string): Promise<Uint8Array | null>
  /** A thousand at most. */
  delete(...keys: readonly string[]): Promise<readonly Statement[]>
}

/** A durable place of last resort: a local fsynced journal on Node, a Queue on Workers. */
export interface Spool {
  /** Resolves when the entry is durable. */
  append(entry: Uint8Array): Promise<void>
  /** Entries waiting, for the metric and for readiness. */
  readonly waiting: number
}

/** What became of entries that left a spool: all are durable elsewhere but those refused for good, or none is. */
export type Taken =
  | { readonly ok: true; readonly refused: readonly Uint8Array[] }
  | { readonly ok: false }

/** A spool that this process drains itself. */
export interface DrainableSpool extends Spool {
  /** Gives the entries in order, some at a time, and forgets those that were taken; stops at the first that were not. */
  drain(
    take: (entries: readonly Uint8Array[]) => Promise<Taken>,
  ): Promise<'emptied' | 'interrupted'>
  close(): Promise<void>
}
