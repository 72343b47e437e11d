/**
 * What a platform gives the gateway, and how much the gateway bears: the one seam between the entries and everything else. Types,
 * and the bounds that hold where a platform names no others. Neutral: no Node, no Cloudflare.
 */

import type { IssueToken } from '../access/admin-store.ts'
import type { KeyCopy } from '../access/key-copy.ts'
import type { TokenSettings, VerifyToken } from '../access/tokens.ts'
import type { Database } from '../database/database.ts'
import type { ExportPlatform } from '../harvest/export/serving/export-platform.ts'
import type { Clock, Random } from '../lib/clock.ts'
import type { Compression } from '../lib/compression.ts'
import type { Copies } from '../lib/copies.ts'
import type { GivingWay } from '../model/giving-way.ts'
import type { Fetch } from '../model/openai-client.ts'
import type { Transport } from '../model/transport.ts'
import type { Defer } from '../policy/repository.ts'
import type { Bundle, Protocol } from '../policy/section.ts'
import type { QueuedLine } from '../queue/batches.ts'
import type { PolicyNotice } from '../revisions/serving/policy-notice.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Encrypt } from '../transcript/seal/seal.ts'
import type { Blobs, Spool } from '../transcript/store/sink.ts'
import type { GatewayContext } from '../v1/exchange.ts'
import type { DirectRelay } from '../v1/relay.ts'
import type { CandidateJob } from '../v1/run-candidate.ts'
import type { ShadowJob } from '../v1/shadow.ts'

/** How long, how often and how much the gateway bears with what it leans on. */
export type Bounds = {
  readonly maxRetries: number
  /** Of a request that is read; what is only relayed has no bound. */
  readonly maxBodyBytes: number
  readonly maxReplyBytes: number
  /** Of all requests that are read, together: each is held some ten times over while it is deliberated. */
  readonly bytesInFlight: number
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
  /** From where a request comes; null where the platform does not tell. */
  readonly addressOf: (c: GatewayContext) => string | null
  /** Keeps the platform from forgetting work that outlives its response. */
  readonly defer: (c: GatewayContext, work: Promise<unknown>) => void
  /** Takes a shadowed request's job, to be given to `runShadow` later. */
  readonly enqueueShadow: (c: GatewayContext, job: ShadowJob) => void
  /** Null where the platform's own queue bounds how much is deliberated behind answers. */
  readonly givingWay: GivingWay | null
  /** Takes a prompt to be given to `runBatchItem` later; left out where there is no queue. */
  readonly enqueueBatchLine?: (queued: QueuedLine) => Promise<void>
  /** Takes a draft to be given to `runCandidate`; resolves at once, or when it has run where nothing else keeps it alive. */
  readonly enqueueCandidate: (job: CandidateJob) => void | Promise<void>
  /** Fires when the platform ends and waits for nothing that nobody waits for; null where none tells. */
  readonly leaving: AbortSignal | null
  /** When the rows of relays are written: by a timer of the platform's, or behind each request. */
  readonly rows: 'by timer' | 'behind requests'
  /** The key of a first start on loopback, where no other is configured. */
  readonly localAdmin: VerifyToken | null
  /** Makes tokens for people where no other issuer is configured; null where none does. */
  readonly people: IssueToken | null
  /** The bundles that came with the program. */
  readonly builtIn: readonly Bundle[]
  /** The keys that may sign policies after a first start on loopback, where no others are configured. */
  readonly localSigners: TokenSettings['keys'] | null
  /** Tells the operator how policies stand, once whenever that changes. */
  readonly notify: (notice: PolicyNotice) => void
  /** Takes what begins with the container and need not be waited for. */
  readonly deferWork: Defer
  readonly report: (error: unknown, requestId: string) => void
  /** Replaces single bounds, for those who cannot wait a minute. */
  readonly bounds?: Partial<Bounds> | undefined
}

export const BOUNDS: Bounds = {
  maxRetries: 2,
  // Room for a few images in base64.
  maxBodyBytes: 32 * 1024 * 1024,
  maxReplyBytes: 32 * 1024 * 1024,
  bytesInFlight: 256 * 1024 * 1024,
  storeTimeoutMs: 2_000,
  candidateMs: 60_000,
  // Fifty policies with their candidates, and some that were rolled back.
  selectionIndexes: 128,
}
