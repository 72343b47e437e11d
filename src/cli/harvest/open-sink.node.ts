/**
 * The transcripts of this machine's database, to be read and written by a command: durable in the store, or not at all.
 * I/O in the database. There is no spool here: its journal is the gateway's, and a command can wait for the database.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../database/database.ts'
import type { Config } from '../../start/config.ts'
import { type OpenStores, openStores } from '../../start/node/open-stores.node.ts'
import { createRecording } from '../../start/parts/recording.ts'
import { noMetrics } from '../../telemetry/metrics.ts'
import type { TranscriptSink } from '../../transcript/store/sink.ts'
import type { TranscriptStore } from '../../transcript/store/store.ts'
import type { SubjectKey } from '../../transcript/store/subject.ts'

export type OpenSink = AsyncDisposable & {
  readonly database: Database
  readonly store: TranscriptStore
  readonly sink: TranscriptSink
  readonly subjectKey: SubjectKey
}

/** What a transcript tells of was paid for, so that a restart of the database is waited for. */
const MAX_TRIES = 20
const PAUSE_MS = 3_000
/** A busy disk is no reason to lose what was paid for. */
const BOUNDS = { storeTimeoutMs: 60_000 }

export async function openSink(config: Config): Promise<OpenSink> {
  const opened = await openStores(config)
  const close = () => opened[Symbol.asyncDispose]()
  try {
    return { ...(await sinkOf(config, opened)), [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function sinkOf(
  config: Config,
  { ports, packing, stores }: OpenStores,
): Promise<Omit<OpenSink, typeof Symbol.asyncDispose>> {
  const { transcripts } = stores
  const { sink, subjectKey } = await createRecording({
    config,
    platform: { ...ports, spool: null, telemetry: { metrics: noMetrics } },
    packing,
    transcripts,
    bounds: BOUNDS,
  })
  return {
    database: ports.database,
    store: transcripts,
    sink: insisting(sink),
    subjectKey,
  }
}

function insisting(sink: TranscriptSink): TranscriptSink {
  return {
    async write(transcript, options) {
      for (let tries = 1; ; tries++) {
        const written = await sink.write(transcript, options)
        if (written.ok || tries >= MAX_TRIES) return written
        await sleep(PAUSE_MS)
      }
    },
  }
}
