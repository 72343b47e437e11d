/**
 * The Cloudflare entry: bindings to configuration to platform to app. The only file that knows the bindings.
 * One container per isolate, the first that is made: requests that arrive meanwhile make their own and let it go, for no
 * promise may be shared between requests.
 */

import { createKeyCopies } from './access/key-copy.ts'
import { createApp, toGatewayError } from './app.ts'
import { createD1Database, type D1Like } from './database/d1.ts'
import type { Database } from './database/database.ts'
import { systemClock, systemRandom } from './lib/clock.ts'
import { streamCompression } from './lib/compression.ts'
import { createBucketCopies } from './lib/copies-bucket.ts'
import { sha256Hex } from './lib/digest.ts'
import { digestStream } from './lib/digest-stream.ts'
import { nextTurn } from './lib/in-turns.ts'
import { placesOf } from './lib/places.ts'
import { builtIn } from './policy/built-in.generated.ts'
import type { Defer } from './policy/repository.ts'
import { consumeBatches, sendBatchLine } from './queue/batches.ts'
import type { QueueLike, QueueMessageLike } from './queue/parcel.ts'
import { createQueueSeal, type QueueSeal } from './queue/seal.ts'
import { consumeShadows, sendShadow } from './queue/shadows.ts'
import { consumeSpool, createQueueSpool } from './queue/spool.ts'
import { renderNotice } from './revisions/serving/policy-notice.ts'
import type { Config } from './start/config.ts'
import { type Container, createContainer } from './start/container.ts'
import { openEdgeDatabase } from './start/edge/open-database.ts'
import { openEdgeUpstream } from './start/edge/open-upstream.ts'
import { readStartConfig } from './start/key-sets.ts'
import type { Platform } from './start/platform.ts'
import type { Environment } from './start/variables.ts'
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts'
import { createR2Blobs, type R2Like } from './transcript/store/r2-blobs.ts'
import { type R2Listed, sweep } from './transcript/store/sweep.ts'
import { errorAnswer } from './v1/respond.ts'
import type { ShadowJob } from './v1/shadow.ts'
import { DOORS } from './wire/doors.ts'

/** The bindings of `wrangler.toml`; the variables of the configuration stand beside them as strings. */
type Bindings = {
  readonly DB: D1Like
  readonly TRANSCRIPTS: R2Like & R2Listed
  readonly SPOOL: QueueLike
  readonly SHADOWS: QueueLike
  readonly BATCHES: QueueLike
}

type ExecutionContext = {
  waitUntil(work: Promise<unknown>): void
  passThroughOnException(): void
  readonly props: unknown
}

type MessageBatch = { readonly queue: string; readonly messages: readonly QueueMessageLike[] }

type Gateway = {
  readonly app: ReturnType<typeof createApp>
  readonly container: Container
  readonly telemetry: Telemetry
  readonly seal: QueueSeal
}

/** A deliberation holds its request some ten times over (text, turns, prompts, reviews), in an isolate of 128 MB. */
const BOUNDS = {
  maxBodyBytes: 8 * 1024 * 1024,
  maxReplyBytes: 8 * 1024 * 1024,
  bytesInFlight: 10 * 1024 * 1024,
  // The platform ends what is behind a response after 30 s.
  candidateMs: 25_000,
  // Of the isolate's memory they take 3 MB each, for bundles as large as the default policy.
  selectionIndexes: 16,
}

/** The container of this isolate: a settled value, never a promise. */
let gateway: Gateway | undefined

export default {
  async fetch(request: Request, env: Bindings, context: ExecutionContext): Promise<Response> {
    let kept: Gateway
    try {
      kept = await keptGateway(env, context)
    } catch (error) {
      // Nothing of the request was read yet, so the message can hold nothing of it.
      reportError(error)
      return errorAnswer(
        toGatewayError(error),
        `req_${systemRandom.hex(12)}`,
        undefined,
        DOORS.chat,
      )
    }
    return kept.app.fetch(request, env, context)
  },

  async scheduled(_event: unknown, env: Bindings, context: ExecutionContext): Promise<void> {
    const { container, telemetry } = await keptGateway(env, context)
    await container.custody.expire(EXPIRE_AT_ONCE)
    const database = createD1Database(env.DB)
    await sweep({ database, bucket: env.TRANSCRIPTS, clock: systemClock }).catch((error) =>
      reportError(new Error(`sweep: ${placesOf(error)}`)),
    )
    await telemetry.flush()
  },

  async queue(batch: MessageBatch, env: Bindings, context: ExecutionContext): Promise<void> {
    const { container, telemetry, seal } = await keptGateway(env, context)
    const { metrics } = telemetry
    const bucket = env.TRANSCRIPTS
    if (batch.queue.includes('shadow')) {
      await consumeShadows(batch.messages, {
        bucket,
        metrics,
        seal,
        runShadow: container.apps.runShadow,
      })
    } else if (batch.queue.includes('batch')) {
      await consumeBatches(batch.messages, {
        bucket,
        seal,
        findBundle: (policy, digest) => container.policies.repository.find(policy, digest),
        run: container.runBatchItem,
        report: (error) => reportError(new Error(`batch: ${placesOf(error)}`)),
      })
    } else {
      const { transcripts: store } = container.stores
      await consumeSpool(batch.messages, { store, bucket, metrics })
    }
    await container.watching.pulse()
    await telemetry.flush()
  },
}

/** A thousand subrequests end an invocation, and each step of a few hundred transcripts takes a handful. */
const EXPIRE_AT_ONCE = 20_000

/** Whoever has made another one meanwhile goes on with the one that is kept: what waits in one is written behind its requests. */
async function keptGateway(env: Bindings, context: ExecutionContext): Promise<Gateway> {
  if (gateway) return gateway
  const opened = await openGateway(env, (work) => context.waitUntil(work))
  gateway ??= opened
  return gateway
}

async function openGateway(env: Bindings, deferWork: Defer): Promise<Gateway> {
  const read = await readStartConfig(variablesOf(env), 'edge')
  if (!read.ok) throw new Error(`Cannot start:\n  ${read.failure.join('\n  ')}`)
  const { config } = read.value
  const database = await openEdgeDatabase(env.DB)
  const telemetry = createTelemetry({
    ...config.telemetry,
    fetch: (input, init) => fetch(input, init),
    temporality: 'delta',
  })
  const seal = createQueueSeal({ database, random: systemRandom })
  const container: Container = await createContainer(config, {
    ...edgePorts,
    ...openEdgeUpstream(config),
    ...storagePorts(env, database),
    ...queuePorts(env, {
      config,
      seal,
      drop: (job) => container.apps.dropShadow(job, 'queue_unavailable'),
    }),
    enqueueCandidate: (job) => container.watching.runCandidate(job),
    telemetry,
    defer(c, work) {
      const flush = () => telemetry.flush()
      c.executionCtx.waitUntil(work.then(flush, flush))
    },
    deferWork,
  })
  return { app: createApp(container.dependencies), container, telemetry, seal }
}

/** What is the same for every isolate. */
const edgePorts = {
  clock: systemClock,
  random: systemRandom,
  sha256: sha256Hex,
  compression: streamCompression,
  digestStream,
  protocol: builtIn.protocol,
  builtIn: builtIn.bundles,
  localAdmin: null,
  people: null,
  localSigners: null,
  leaving: null,
  givingWay: null,
  // The platform writes it, whatever the client has sent.
  addressOf: (c) => c.req.header('cf-connecting-ip') ?? null,
  rows: 'behind requests',
  bounds: BOUNDS,
  notify: (notice) => reportError(new Error(renderNotice(notice))),
  // The platform's log is the only one there is; it gets places and never a message.
  report: (error, requestId) => reportError(new Error(`${requestId}: ${placesOf(error)}`)),
} satisfies Partial<Platform>

function storagePorts({ TRANSCRIPTS: bucket, SPOOL: queue }: Bindings, database: Database) {
  const copies = createBucketCopies(bucket)
  return {
    database,
    copies,
    keyCopy: createKeyCopies(copies),
    blobs: createR2Blobs(bucket),
    spool: createQueueSpool({ queue, bucket, random: systemRandom }),
  }
}

function queuePorts(
  { TRANSCRIPTS: bucket, SHADOWS, BATCHES }: Bindings,
  ports: {
    readonly config: Config
    readonly seal: QueueSeal
    readonly drop: (job: ShadowJob) => Promise<void>
  },
): Pick<Platform, 'enqueueShadow' | 'enqueueBatchLine'> {
  const { config, seal, drop } = ports
  const sealsAll = config.transcriptKey !== null
  return {
    enqueueShadow(c, job) {
      // Packing takes a moment for a long conversation, and the answer is on its way first.
      const sent = nextTurn().then(() =>
        sendShadow({ queue: SHADOWS, bucket, seal, sealsAll }, job),
      )
      c.executionCtx.waitUntil(sent.catch(() => drop(job)))
    },
    enqueueBatchLine: (queued) =>
      sendBatchLine({ queue: BATCHES, bucket, seal: sealsAll ? seal : null }, queued),
  }
}

function variablesOf(env: Bindings): Environment {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, never] => typeof entry[1] === 'string'),
  )
}
