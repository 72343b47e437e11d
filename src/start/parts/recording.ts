/**
 * Where what is recorded goes: transcripts one by one, before the answer leaves, and the rows of relays many at a time.
 * Reads the key of subjects while it is made, and nothing else.
 */
import { createDurableSink } from '../../transcript/spool/sink-durable.ts'
import { type BatchSink, createBatchSink } from '../../transcript/store/batch-sink.ts'
import type { Packing } from '../../transcript/store/entry.ts'
import type { TranscriptSink } from '../../transcript/store/sink.ts'
import type { TranscriptStore } from '../../transcript/store/store.ts'
import { loadSubjectKey, type SubjectKey } from '../../transcript/store/subject.ts'
import type { Upstream } from '../../v1/record.ts'
import type { Config } from '../config.ts'
import type { Bounds, Platform } from '../platform.ts'
import { providerOf } from '../upstream.ts'

export type Recording = {
  /** Takes one transcript at a time. */
  readonly sink: TranscriptSink
  /** Takes rows of relays, and writes them when it is told to. */
  readonly rows: BatchSink
  /** What names of users are digested with. */
  readonly subjectKey: SubjectKey
  /** Where answers come from, for provenance. */
  readonly upstream: Upstream
}

export type RecordingOptions = {
  readonly config: Pick<Config, 'upstream'>
  readonly platform: Pick<Platform, 'database' | 'copies' | 'spool' | 'clock' | 'random'> & {
    readonly telemetry: Pick<Platform['telemetry'], 'metrics'>
  }
  readonly packing: Packing
  readonly transcripts: TranscriptStore
  readonly bounds: Pick<Bounds, 'storeTimeoutMs'>
}

/** @throws DatabaseError where the key of subjects is neither in the database nor in the copies. */
export async function createRecording(options: RecordingOptions): Promise<Recording> {
  const { platform, packing, transcripts, bounds } = options
  const { database, copies, spool, clock, random } = platform
  const { metrics } = platform.telemetry
  const { upstream } = options.config
  const { family, license, trainingRights } = upstream
  return {
    sink: createDurableSink({
      store: transcripts,
      spool,
      compression: packing,
      metrics,
      clock,
      storeTimeoutMs: bounds.storeTimeoutMs,
    }),
    rows: createBatchSink({ store: transcripts, compression: packing, metrics }),
    subjectKey: await loadSubjectKey({ database, copies, random }),
    upstream: { provider: providerOf(upstream), family, license, trainingRights },
  }
}
