/**
 * The composition root: a configuration and a platform become everything the app needs. Neutral: no Node, no Cloudflare.
 * What lives longer than a request is made here, once per process or isolate, and passed on.
 */
import { createAuthenticateAdmin } from './admin/authenticate-admin.ts'
import type { AdminPorts } from './admin/routes.ts'
import type { Config, TokenSettings } from './config.ts'
import { type Custody, createCustody } from './custody.ts'
import type { Database } from './database/database.ts'
import { createExporting } from './give-export.ts'
import type { QueuedLine } from './harvest/batch/queue.ts'
import {
  type BatchItemPorts,
  type BatchWork,
  type Done,
  runBatchItem,
  type Unfinished,
} from './harvest/batch/run-item.ts'
import type { ExportPlatform } from './harvest/export-platform.ts'
import { createHeart } from './heart.ts'
import { type Authenticate, createAuthenticate } from './http/authenticate.ts'
import type { ChatCompletionsPorts, Pin } from './http/chat-completions.ts'
import { createEnforce } from './http/enforce.ts'
import type { Exchange, GatewayContext } from './http/exchange.ts'
import type { Readiness } from './http/health.ts'
import type { KeyCopy } from './http/key-copy.ts'
import { createFindKey, createKeyStore, type KeyStore } from './http/key-store.ts'
import { createModels, type Models } from './http/models.ts'
import { createOff } from './http/off.ts'
import { createRateLimit, type LimitRate } from './http/rate-limit.ts'
import { recordDeliberation, recordRelay } from './http/record-exchange.ts'
import { createRelay, type DirectRelay, type Relay } from './http/relay.ts'
import type { CandidateJob } from './http/run-candidate.ts'
import { createRunShadow, type RunShadow } from './http/run-shadow.ts'
import { createShadow, type ShadowJob } from './http/shadow.ts'
import { createTokenVerifier } from './http/tokens.ts'
import type { Clock, Random } from './lib/clock.ts'
import type { Compression } from './lib/compression.ts'
import type { Copies } from './lib/copies.ts'
import type { Fetch } from './model/openai-client.ts'
import type { Transport } from './model/transport.ts'
import { openSeal } from './open-seal.ts'
import { createPolicies, type Policies } from './policies.ts'
import type { Keep } from './policy/repository.ts'
import type { Bundle, Protocol } from './policy/section.ts'
import type { PolicyNotice } from './revisions/policy-notice.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { createBatchSink } from './transcript/batch-sink.ts'
import { createGather } from './transcript/gather.ts'
import type { Encrypt } from './transcript/seal.ts'
import type { Blobs, Spool } from './transcript/sink.ts'
import { createDurableSink } from './transcript/sink-durable.ts'
import { createTranscriptStore, type TranscriptStore } from './transcript/store.ts'
import { loadSubjectKey } from './transcript/subject.ts'
import { createWatching, type Watching } from './watching.ts'

/** What the routes are made of. */
export type Dependencies = ChatCompletionsPorts &
  AdminPorts & {
    readonly authenticate: Authenticate
    readonly limitRate: LimitRate
    readonly metrics: Metrics
    readonly models: Models
    /** Passes embeddings and moderations through. */
    readonly relay: Relay
    readonly readiness: () => Readiness
    /** Tells the operator of a defect: names and places, never content. */
    readonly report: (error: unknown, requestId: string) => void
  }

/** How long, how often and how much the gateway bears with what it leans on. */
export type Bounds = {
  readonly firstTokenMs: number
  readonly idleMs: number
  readonly maxRetries: number
  /** Of a request that is read; what is only relayed has no bound. */
  readonly maxBodyBytes: number
  readonly maxReplyBytes: number
  /** A write of a transcript that takes longer goes to the spool. */
  readonly storeTimeoutMs: number
  /** So long a candidate may look at a draft behind its answer. */
  readonly candidateMs: number
  /** Of bundles: each of some megabytes, and some hundred times slower to make than to use. */
  readonly selectionIndexes: number
}

/** What differs between Node and Workers. */
export type Platform = ExportPlatform & {
  readonly clock: Clock
  readonly random: Random
  /** SHA-256 as lowercase hex, as fast as the platform has it. */
  readonly sha256: (text: string) => string | Promise<string>
  /** Migrated, or out of reach until it is. */
  readonly database: Database
  /** For starts without the database. */
  readonly copies: Copies
  readonly keyCopy: KeyCopy
  readonly blobs: Blobs
  readonly compression: Compression
  /** How content is sealed; the platform's WebCrypto when left out. */
  readonly encrypt?: Encrypt
  readonly spool: Spool | null
  readonly protocol: Protocol
  /** The upstream's name in provenance, and its address. */
  readonly upstream: { readonly provider: string; readonly baseUrl: string }
  readonly transport: Transport
  readonly direct: DirectRelay | null
  /** For drafts and reviews; the stand-in's own where it answers. */
  readonly fetch: Fetch
  /** For a judge of its own, which is never the stand-in. */
  readonly judgeFetch: Fetch
  readonly telemetry: Telemetry
  /** Keeps the platform from forgetting work that outlives its response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  /** Takes a shadowed request's job, to be given to `runShadow` later. */
  readonly enqueueShadow: (c: GatewayContext, job: ShadowJob) => void
  /** Takes a prompt to be given to `runBatchItem` later; left out where there is no queue. */
  readonly enqueueBatchLine?: (queued: QueuedLine) => Promise<void>
  /** Takes a draft to be given to `runCandidate`; resolves at once, or when it has run where nothing else keeps it alive. */
  readonly enqueueCandidate: (job: CandidateJob) => void | Promise<void>
  /** Fires when the platform ends and waits for nothing that nobody waits for; null where none tells. */
  readonly leaving: AbortSignal | null
  /** False where the platform pipes relayed bodies by itself. */
  readonly watchBodies: boolean
  /** When the rows of relays are written: by a timer of the platform's, or behind each request. */
  readonly rows: 'by timer' | 'behind requests'
  /** The key of a first start on loopback, where no other is configured. */
  readonly localAdmin: TokenSettings | null
  /** The bundles that came with the program. */
  readonly builtIn: readonly Bundle[]
  /** The keys that may sign policies after a first start on loopback, where no others are configured. */
  readonly localSigners: TokenSettings['keys'] | null
  /** Tells the operator how policies stand, once whenever that changes. */
  readonly notify: (notice: PolicyNotice) => void
  /** Keeps what begins with the container and need not be waited for. */
  readonly keep: Keep
  readonly report: (error: unknown, requestId: string) => void
  /** Replaces single bounds, for those who cannot wait a minute. */
  readonly bounds?: Partial<Bounds> | undefined
}

export type Container = Policies &
  Pick<Custody, 'exports' | 'labels' | 'expire'> &
  Pick<Watching, 'runCandidate' | 'dropCandidate' | 'pulse'> & {
    readonly dependencies: Dependencies
    readonly runShadow: RunShadow
    readonly runBatchItem: (work: BatchWork) => Promise<Done | Unfinished>
    readonly store: TranscriptStore
    readonly keys: KeyStore
    /** Writes the rows of relays that wait. */
    readonly flushRows: () => Promise<void>
  }

const BOUNDS: Bounds = {
  firstTokenMs: 60_000,
  idleMs: 60_000,
  maxRetries: 2,
  // Room for a few images in base64.
  maxBodyBytes: 32 * 1024 * 1024,
  maxReplyBytes: 32 * 1024 * 1024,
  storeTimeoutMs: 2_000,
  candidateMs: 60_000,
  // Fifty policies with their candidates, and some that were rolled back.
  selectionIndexes: 128,
}

/** Makes everything, in the order in which it leans on one another. */
export async function createContainer(config: Config, platform: Platform): Promise<Container> {
  const { clock, random, database, telemetry, defer, report } = platform
  const { metrics } = telemetry
  const { store, sink, rows, packing } = await createTranscripts(config, platform)
  const upstream = {
    provider: platform.upstream.provider,
    family: config.upstream.family,
    license: config.upstream.license,
    trainingRights: config.upstream.trainingRights,
  }
  const gather =
    platform.rows === 'behind requests' ? createGather({ flush: () => rows.flush(), clock }) : null
  const relaying = { rows, upstream, protocolDigest: platform.protocol.digest }
  const bounds = { ...BOUNDS, ...platform.bounds }
  const heart = createHeart({ config, platform, bounds })
  const { deliberate, review } = heart
  const { deadlineMs } = config
  const { maxBodyBytes, candidateMs } = bounds
  const registry = createPolicies(config, { ...platform, ...heart })
  const { audit, control, policies } = registry
  await policies.open(platform.keep)
  const subjectKey = await loadSubjectKey(platform)
  const recording = { sink, upstream, subjectKey }
  const custody = createCustody({ ...platform, audit, packing, policies, subjectKey })
  const batching: BatchItemPorts = { deliberate, store, ...recording, deadlineMs, clock }
  const watching = createWatching({
    ...platform,
    policies,
    control,
    review,
    candidateMs: Math.min(candidateMs, deadlineMs),
    behindRequests: platform.rows === 'behind requests',
  })
  const startSpan = (
    exchange: Omit<Exchange, 'bundle' | 'candidate'>,
    traceparent: string | undefined,
  ) => telemetry.span('chat', { traceparent, attributes: attributesOf(exchange) })
  const pin: Pin = (choice, caller, keep) => {
    const work = watching.pulseBehind()
    if (work) keep(work)
    return policies.pin(choice, caller, keep)
  }
  const { sha256 } = platform
  const shared = {
    deliberate,
    deadlineMs,
    startSpan,
    metrics,
    clock,
    random,
    sha256,
    report,
    defer,
  }
  const relay = createRelay({
    transport: platform.transport,
    direct: platform.direct,
    apiKey: config.upstream.apiKey,
    deadlineMs,
    watchBodies: platform.watchBodies,
  })
  const keys = createKeyStore({ database, audit, clock, random, copy: platform.keyCopy })
  const dependencies: Dependencies = {
    metrics,
    clock,
    random,
    pin,
    defer,
    policy: config.policy,
    authenticate: createAuthenticate({
      off: config.auth.off,
      findKey: config.auth.keys ? createFindKey(keys) : null,
      verifyToken: config.auth.jwt && createTokenVerifier(config.auth.jwt, clock),
      sha256: platform.sha256,
    }),
    limitRate: createRateLimit({ clock }),
    enforce: createEnforce({
      ...shared,
      maxBodyBytes,
      observe: watching.observe,
      record: (exchange, what) => recordDeliberation(recording, exchange, what),
    }),
    shadow: createShadow({ relay, enqueue: platform.enqueueShadow, maxBodyBytes, metrics }),
    off: createOff({
      relay,
      metrics,
      clock,
      recordRelay(c, exchange, note) {
        const isDue = recordRelay(relaying, exchange, note)
        const work = isDue ? rows.flush() : gather?.()
        if (work) defer(c, work)
      },
    }),
    relay,
    models: createModels({ transport: platform.transport, apiKey: config.upstream.apiKey, clock }),
    readiness: () => ({
      policies: policies.status(),
      spooled: platform.spool?.waiting ?? 0,
    }),
    report,
    authenticateAdmin: createAuthenticateAdmin(adminVerifier(config, platform)),
    transcripts: store,
    ...custody,
    ...createExporting({
      ...platform,
      ...custody,
      audit,
      report: (error) => report(error, 'export'),
    }),
    ...(platform.enqueueBatchLine && {
      batches: {
        audit,
        findBundle: (policy: string, digest: string) => policies.find(policy, digest),
        enqueue: platform.enqueueBatchLine,
      },
    }),
    readStatus: watching.readStatus,
    candidateReviews: watching.candidateReviews,
    keys,
    audit,
    control,
  }
  return {
    dependencies,
    runShadow: createRunShadow({
      ...shared,
      ...recording,
      ...watching,
      findBundle: (policy, digest) => policies.find(policy, digest),
    }),
    runBatchItem: (work) => runBatchItem(batching, work),
    ...watching,
    ...registry,
    ...custody,
    store,
    keys,
    flushRows: () => rows.flush(),
  }
}

async function createTranscripts({ transcriptKey: key }: Config, platform: Platform) {
  const { database, blobs, compression, spool, clock } = platform
  const packing = key ? { ...compression, seal: await openSeal(key, platform) } : compression
  const { metrics } = platform.telemetry
  const { storeTimeoutMs } = { ...BOUNDS, ...platform.bounds }
  const store = createTranscriptStore({ database, blobs, compression })
  return {
    store,
    packing,
    sink: createDurableSink({
      store,
      spool,
      compression: packing,
      metrics,
      clock,
      storeTimeoutMs,
    }),
    rows: createBatchSink({ store, compression: packing, metrics }),
  }
}

function adminVerifier({ admin }: Config, { localAdmin, clock }: Platform) {
  const settings = admin ?? localAdmin
  return settings && createTokenVerifier(settings, clock)
}

function attributesOf(exchange: Omit<Exchange, 'bundle' | 'candidate'>) {
  const { requestId, transcriptId, principal, mode } = exchange
  return {
    'chambers.request.id': requestId,
    'chambers.transcript.id': transcriptId,
    'chambers.tenant': principal.tenant,
    'chambers.app': principal.app,
    'chambers.mode': mode,
  }
}
