/**
 * The platform on Node: database, journal, connections, background work. Does I/O; made once, closed once.
 * Everything that must be flushed or closed in order is closed here, in `close`.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openKeyCopyFile } from '../../access/key-copy.ts'
import { DatabaseError } from '../../database/database.ts'
import { parquetCodecs } from '../../harvest/export/files/parquet-codecs.node.ts'
import { openExportIndex } from '../../harvest/export/passes/export-index.node.ts'
import { createBackground } from '../../http/background.ts'
import { systemClock } from '../../lib/clock.ts'
import { openCopiesFolder } from '../../lib/copies-folder.node.ts'
import { digestStream } from '../../lib/digest-stream.node.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import { createFetchTransport } from '../../model/fetch-transport.ts'
import { createUndiciFetch } from '../../model/undici-fetch.node.ts'
import { createUndiciTransport } from '../../model/undici-transport.node.ts'
import type { Protocol } from '../../policy/section.ts'
import { createStandIn } from '../../stand-in/stand-in.ts'
import { createTelemetry } from '../../telemetry/telemetry.ts'
import { encryptAtOnce } from '../../transcript/seal/encrypt.node.ts'
import { runDrainLoop } from '../../transcript/spool/drain.ts'
import { openJournal } from '../../transcript/spool/journal.node.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { createDirectRelay } from '../../v1/direct-relay.node.ts'
import { type CandidateJob, weightOf } from '../../v1/run-candidate.ts'
import type { ShadowJob } from '../../v1/shadow.ts'
import type { Config } from '../config.ts'
import { type Container, createContainer } from '../container.ts'
import type { Bounds, Platform } from '../platform.ts'
import { keepFresh } from './keep-fresh.node.ts'
import { openDatabaseOrWait } from './open-database.node.ts'

const CONNECT_MS = 10_000
const FLUSH_ROWS_MS = 1_000
const FLUSH_KEYS_MS = 5_000
const SHADOW_CONCURRENCY = 4
const SHADOW_ROOM = 200
/** Of bodies that wait, in characters. */
const SHADOW_ROOM_TEXT = 64 * 1024 * 1024
const CANDIDATE_CONCURRENCY = 4
const CANDIDATE_ROOM = 200
/** Of conversations that wait for a candidate, in characters. */
const CANDIDATE_ROOM_TEXT = 16 * 1024 * 1024
const PULSE_MS = 1_000
const EXPIRE_MS = 60_000

/** Whatever base a stand-in is given: its requests never leave the process. */
const STAND_IN_BASE = 'http://stand-in.invalid/v1'

export type NodeGateway = {
  readonly container: Container
  /** Resolves when the database is back after a start without it; null after a start with it. */
  readonly reached: Promise<void> | null
  /** Ends background work in order: deliberations, rows, spool, telemetry, connections, database. */
  close(): Promise<void>
}

export type NodePlatformOptions = {
  readonly config: Config
  readonly protocol: Protocol
  readonly localAdmin: Platform['localAdmin']
  readonly builtIn: Platform['builtIn']
  readonly localSigners: Platform['localSigners']
  readonly notify: Platform['notify']
  readonly report: Platform['report']
  readonly bounds?: Partial<Bounds> | undefined
}

export async function openNodeGateway(options: NodePlatformOptions): Promise<NodeGateway> {
  const { config, report } = options
  const { database, away } = await openDatabaseOrWait(config)
  const copies = openCopiesFolder(join(config.dataDir, 'copies'))
  const keyCopy = await openKeyCopyFile(copies)
  const spool = openJournal({ path: join(config.dataDir, 'journal') })
  const telemetry = createTelemetry({
    ...config.telemetry,
    fetch,
    every(ms, task) {
      const timer = setInterval(task, ms)
      timer.unref()
      return () => clearInterval(timer)
    },
  })
  const { metrics } = telemetry
  const random = createPooledRandom()
  const deferred = new Set<Promise<unknown>>()
  const keep = (work: Promise<unknown>) => {
    deferred.add(work)
    const forget = () => deferred.delete(work)
    work.then(forget, forget)
  }
  const upstream = openUpstream(config)
  const judgeFetch = createUndiciFetch({ connectMs: CONNECT_MS })
  const shadows = createBackground<ShadowJob>({
    run: (job) => container.runShadow(job),
    concurrency: SHADOW_CONCURRENCY,
    room: SHADOW_ROOM,
    weigh: ({ body }) => body.length,
    roomByWeight: SHADOW_ROOM_TEXT,
    onDropped: () => metrics.transcript('dropped'),
  })
  const candidates = createBackground<CandidateJob>({
    run: (job) => container.runCandidate(job),
    concurrency: CANDIDATE_CONCURRENCY,
    room: CANDIDATE_ROOM,
    weigh: weightOf,
    roomByWeight: CANDIDATE_ROOM_TEXT,
    onDropped: (job) => container.dropCandidate(job),
  })
  const leaving = new AbortController()
  const container: Container = await createContainer(config, {
    ...options,
    clock: systemClock,
    random,
    sha256: (text) => hash('sha256', text),
    database,
    copies,
    keyCopy,
    blobs: createDatabaseBlobs(database),
    compression: zlibCompression,
    encrypt: encryptAtOnce,
    spool,
    openExportIndex: () => openExportIndex(join(config.dataDir, 'scratch')),
    parquetCodecs,
    digestStream,
    ...upstream.platform,
    judgeFetch: judgeFetch.fetch,
    telemetry,
    defer: (_c, work) => keep(work),
    enqueueShadow: (_c, job) => shadows.add(job),
    enqueueCandidate: (job) => candidates.add(job),
    leaving: leaving.signal,
    watchBodies: true,
    rows: 'by timer',
    keep,
  }).catch(async (error: unknown) => {
    await Promise.all([spool.close(), upstream.close(), judgeFetch.close(), database.close()])
    throw away && error instanceof DatabaseError ? cannotStart(away, config) : error
  })
  const freshness = keepFresh(config, container.policies)
  const rowTimer = setInterval(() => keep(container.flushRows()), FLUSH_ROWS_MS)
  const keyTimer = setInterval(() => keep(keyCopy.flush()), FLUSH_KEYS_MS)
  let pulse: Promise<void> | null = null
  const pulseTimer = setInterval(() => {
    // A database that does not answer is not asked again meanwhile.
    pulse ??= container.pulse().finally(() => {
      pulse = null
    })
  }, PULSE_MS)
  let expiring: Promise<void> | null = null
  const expireTimer = setInterval(() => {
    expiring ??= container.expire(Number.POSITIVE_INFINITY).finally(() => {
      expiring = null
    })
  }, EXPIRE_MS)
  const ending = new AbortController()
  const draining = runDrainLoop({
    spool,
    store: container.store,
    metrics,
    random,
    pause: (ms, signal) => pause(ms, undefined, { signal, ref: false }).catch(() => {}),
    signal: ending.signal,
    report: (error) => report(error, 'drain'),
  })
  return {
    container,
    reached: away && freshness.reached,
    async close() {
      leaving.abort({ by: 'client' })
      await shadows.close()
      clearInterval(rowTimer)
      clearInterval(keyTimer)
      clearInterval(pulseTimer)
      clearInterval(expireTimer)
      await expiring
      await freshness.close()
      await Promise.allSettled(deferred)
      await candidates.close()
      await pulse
      await container.pulse()
      await container.flushRows()
      await keyCopy.flush()
      ending.abort()
      await draining
      await spool.close()
      await telemetry.shutdown()
      await Promise.all([upstream.close(), judgeFetch.close()])
      await database.close()
    },
  }
}

function cannotStart(away: DatabaseError, { dataDir }: Config): Error {
  const folder = join(dataDir, 'copies')
  const message = `Start the database, or restore ${folder}: ${away.message}, and no usable copy of what served before is there`
  return new Error(`Cannot start: ${message}`)
}

type OpenUpstream = {
  readonly platform: Pick<Platform, 'upstream' | 'transport' | 'direct' | 'fetch'>
  close(): Promise<void>
}

function openUpstream(config: Config): OpenUpstream {
  const { baseUrl, apiKey } = config.upstream
  const bounds = { firstByteMs: config.deadlineMs, idleMs: config.deadlineMs }
  if (baseUrl === null) {
    const standIn = createStandIn()
    return {
      platform: {
        upstream: { provider: 'stand-in', baseUrl: STAND_IN_BASE },
        transport: createFetchTransport({ baseUrl: STAND_IN_BASE, fetch: standIn, ...bounds }),
        direct: null,
        fetch: (input, init) => standIn(new Request(input, init)),
      },
      close: () => Promise.resolve(),
    }
  }
  const transport = createUndiciTransport({
    baseUrl,
    timeouts: { connectMs: CONNECT_MS, ...bounds },
  })
  const caller = createUndiciFetch({ connectMs: CONNECT_MS })
  return {
    platform: {
      upstream: { provider: new URL(baseUrl).hostname, baseUrl },
      transport: transport.send,
      direct: createDirectRelay({ relayNode: transport.relayNode, apiKey }),
      fetch: caller.fetch,
    },
    async close() {
      await Promise.all([transport.close(), caller.close()])
    },
  }
}
