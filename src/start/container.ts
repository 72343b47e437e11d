/**
 * The composition root: a configuration and a platform become everything the app needs. Neutral: no Node, no Cloudflare.
 * What lives longer than a request is made here, once per process or isolate, and passed on.
 */

import { type Authenticate, createAuthenticate } from '../access/authenticate.ts'
import { createFindKey, createKeyStore, type KeyStore } from '../access/key-store.ts'
import { createRateLimit, type LimitRate } from '../access/rate-limit.ts'
import { createTokenVerifier } from '../access/tokens.ts'
import { createAuthenticateAdmin } from '../admin/authenticate-admin.ts'
import type { AdminPorts } from '../admin/routes.ts'
import { createExporting } from '../harvest/export/serving/serve-export.ts'
import type { Readiness } from '../http/health.ts'
import {
  type BatchItemPorts,
  type BatchWork,
  type Done,
  runBatchItem,
} from '../jobs/batch/run-item.ts'
import type { Unfinished } from '../jobs/runner/run-job.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createDurableSink } from '../transcript/spool/sink-durable.ts'
import { createBatchSink } from '../transcript/store/batch-sink.ts'
import { createGather } from '../transcript/store/gather.ts'
import { createTranscriptStore, type TranscriptStore } from '../transcript/store/store.ts'
import { loadSubjectKey } from '../transcript/store/subject.ts'
import type { ChatCompletionsPorts, Pin } from '../v1/chat.ts'
import { createEnforce } from '../v1/enforce.ts'
import type { Exchange } from '../v1/exchange.ts'
import { createModels, type Models } from '../v1/models.ts'
import { createOff } from '../v1/off.ts'
import { recordDeliberation, recordRelay } from '../v1/record.ts'
import { createRelay, type Relay } from '../v1/relay.ts'
import { createRunShadow, type RunShadow } from '../v1/run-shadow.ts'
import { createShadow } from '../v1/shadow.ts'
import type { Config } from './config.ts'
import { type Custody, createCustody } from './open-custody.ts'
import { createHeart } from './open-heart.ts'
import { createPolicies, type Policies } from './open-policies.ts'
import { openSeal } from './open-seal.ts'
import { createWatching, type Watching } from './open-watching.ts'
import { BOUNDS, type Platform } from './platform.ts'

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
