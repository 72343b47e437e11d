/**
 * The transcripts of this machine's database, to be read and written by a command: durable in the store, or not at all.
 * I/O in the database. There is no spool here: its journal is the gateway's, and a command can wait for the database.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../database/database.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import type { Config } from '../../start/config.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import { openSeal } from '../../start/open-seal.ts'
import { noMetrics } from '../../telemetry/metrics.ts'
import { encryptAtOnce } from '../../transcript/seal/encrypt.node.ts'
import { createDurableSink } from '../../transcript/spool/sink-durable.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import type { TranscriptSink } from '../../transcript/store/sink.ts'
import { createTranscriptStore, type TranscriptStore } from '../../transcript/store/store.ts'
import { loadSubjectKey, type SubjectKey } from '../../transcript/store/subject.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'

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
const STORE_TIMEOUT_MS = 60_000

/** A command needs its database anyway. */
const NO_COPIES = { read: () => Promise.resolve(null), write: () => Promise.resolve() }

const SEALING = { clock: systemClock, random: systemRandom, encrypt: encryptAtOnce }

export async function openSink(config: Config): Promise<OpenSink> {
  const database = await openDatabase(config)
  const blobs = createDatabaseBlobs(database)
  const compression = zlibCompression
  const store = createTranscriptStore({ database, blobs, compression })
  const seal = config.transcriptKey && (await openSeal(config.transcriptKey, SEALING))
  const once = createDurableSink({
    store,
    spool: null,
    compression: seal ? { ...compression, seal } : compression,
    metrics: noMetrics,
    clock: systemClock,
    storeTimeoutMs: STORE_TIMEOUT_MS,
  })
  const sink: TranscriptSink = {
    async write(transcript, options) {
      for (let tries = 1; ; tries++) {
        const written = await once.write(transcript, options)
        if (written.ok || tries >= MAX_TRIES) return written
        await sleep(PAUSE_MS)
      }
    },
  }
  const subjectKey = await loadSubjectKey({ database, random: systemRandom, copies: NO_COPIES })
  return { database, store, sink, subjectKey, [Symbol.asyncDispose]: () => database.close() }
}
