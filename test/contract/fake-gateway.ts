/** The app over hand-written ports: a scripted deliberation, a scripted upstream, a memory of what was recorded. */

import { createBeginAttempt } from '../../src/access/attempts.ts'
import { type Authenticate, createAuthenticate } from '../../src/access/authenticate.ts'
import type { KeyRecord } from '../../src/access/key-record.ts'
import type { Principal } from '../../src/access/principal.ts'
import { createRateLimit } from '../../src/access/rate-limit.ts'
import type { VerifyToken } from '../../src/access/tokens.ts'
import { createAuthenticateAdmin } from '../../src/admin/authenticate-admin.ts'
import type { AdminPorts } from '../../src/admin/routes.ts'
import { createApp } from '../../src/app.ts'
import type { Failure } from '../../src/conversation/failures.ts'
import type { Deliberation, Inquiry, Released } from '../../src/conversation/outcome.ts'
import { sha256Hex } from '../../src/lib/digest.ts'
import { fail, type Result, succeed } from '../../src/lib/result.ts'
import { noSpan } from '../../src/lib/tracing.ts'
import { createAskDocument } from '../../src/model/ask-document.ts'
import { chatDialect } from '../../src/model/chat-dialect.ts'
import { createFetchTransport } from '../../src/model/fetch-transport.ts'
import type { Caller } from '../../src/policy/repository.ts'
import type { Bundle, Mode } from '../../src/policy/section.ts'
import { createDoors, type DoorsOptions } from '../../src/start/parts/doors.ts'
import type { StorageFailure } from '../../src/transcript/store/sink.ts'
import { importSubjectKey } from '../../src/transcript/store/subject.ts'
import { createCountTokens } from '../../src/v1/count-tokens.ts'
import { createEnforce, type Deliberate, type EnforcePorts } from '../../src/v1/enforce.ts'
import type { GatewayContext } from '../../src/v1/exchange.ts'
import { createKeptResponses } from '../../src/v1/kept-responses.ts'
import { createModels } from '../../src/v1/models.ts'
import { createOff, type RelayNote } from '../../src/v1/off.ts'
import { createRelay } from '../../src/v1/relay.ts'
import { createResponseRoutes } from '../../src/v1/response-routes.ts'
import { createShadow, type ShadowJob } from '../../src/v1/shadow.ts'
import { noPolicies } from '../fakes/control.ts'
import { NOTHING_CARRIED } from '../fakes/nothing-carried.ts'
import { createPrincipal } from '../fakes/principal.ts'
import { type MemoryStore, memoryStore } from '../fakes/state-store.ts'
import { countingMetrics } from '../fakes/storage.ts'

export const KEY = `chm_0123abcd_${'5'.repeat(40)}`
export const DIGEST = 'd'.repeat(64)

const SUBJECT_KEY = await importSubjectKey('s'.repeat(64))

const PRINCIPAL: Principal = createPrincipal()

export function bundleOf(id: string, mode: Mode): Bundle {
  return {
    schema: 1,
    id,
    title: id,
    owners: [],
    mode,
    selection: { threshold: 0.5, maxSections: 4, maxTokens: 4000 },
    deliberation: { maxRedrafts: 1, reasoningTokens: 2000, hostedTools: [] },
    judge: {
      failAt: 'low',
      min: 4,
      samples: 1,
      reasoning: 'gate',
      onFailure: 'block',
      timeoutMs: 1000,
    },
    transcripts: { onFailure: 'spool', retentionDays: 30 },
    precedence: [],
    sections: [],
    style: { comply: '', safe_complete: '', refuse: '' },
    digest: DIGEST,
    revision: 0,
  }
}

export function releasedText(text: string): Released {
  return {
    kind: 'released',
    choices: [
      {
        index: 0,
        kind: 'released',
        attempt: 1,
        reason: null,
        answer: { parts: [{ kind: 'text', text }], finishReason: 'stop', logprobs: null },
      },
    ],
    model: 'fake-model',
    serviceTier: null,
    systemFingerprint: null,
    usage: {
      promptTokens: 10,
      completionTokens: 20,
      reasoningTokens: 12,
      promptDetails: {},
      completionDetails: {},
    },
    headers: { 'x-ratelimit-remaining-requests': '7', 'x-request-id': 'vendor-1' },
  }
}

export function deliberationOf(
  inquiry: Inquiry,
  bundle: Bundle,
  outcome: Result<Released, Failure>,
): Deliberation {
  return {
    inquiry,
    bundle,
    protocol: { digest: 'p'.repeat(64), texts: {} },
    selection: null,
    attempts: [],
    outcome,
    timings: { totalMs: 5, modelMs: 3, selectMs: 1 },
    findSecret: (texts) => (texts.some((text) => text.includes('SECRET')) ? 'canary' : null),
  }
}

export type FakeOptions = {
  readonly mode?: Mode
  readonly principal?: Partial<Principal>
  readonly authenticate?: Authenticate
  readonly verifyToken?: VerifyToken
  readonly verifyAdminToken?: VerifyToken
  readonly deliberate?: Deliberate
  readonly outcome?: Result<Released, Failure>
  readonly recorded?: Result<'stored' | 'spooled', StorageFailure>
  readonly upstream?: (request: Request) => Promise<Response>
  readonly deadlineMs?: number
  readonly maxBodyBytes?: number
  readonly loaded?: boolean
  /** What wants to know who asks, before the request has its bundle. */
  readonly pinning?: (caller: Caller) => Promise<void>
  readonly doors?: Partial<DoorsOptions['config']>
  /** From where every request comes. */
  readonly address?: string
  readonly bytesInFlight?: number
  readonly forwardHeaders?: readonly string[]
  readonly admin?: Partial<AdminPorts>
  /** Where responses are kept. */
  readonly store?: MemoryStore
  /** How long, in milliseconds; an hour when left out. */
  readonly responseMs?: number
  /** Whether the upstream counts tokens. */
  readonly counts?: boolean
}

const SERVED = {
  id: 'default',
  digest: 'd',
  revision: 3,
  candidate: null,
  state: 'live',
  problem: null,
  ageMs: 400,
} as const

export function createFakeGateway(options: FakeOptions = {}) {
  const metrics = countingMetrics()
  const outcome = options.outcome ?? succeed(releasedText('Paris.'))
  const seen = {
    inquiries: [] as Inquiry[],
    signals: [] as AbortSignal[],
    records: [] as { readonly id: string; readonly deliberation: Deliberation }[],
    observed: [] as Deliberation[],
    relays: [] as RelayNote[],
    jobs: [] as ShadowJob[],
    upstream: [] as Request[],
    reports: [] as unknown[],
    deferred: [] as Promise<unknown>[],
    keys: new Map<string, KeyRecord>(),
    fates: metrics.fates,
    drops: metrics.drops,
    states: metrics.states,
  }
  let counter = 0
  const random = {
    hex: (bytes: number) => (++counter).toString(16).padStart(bytes * 2, '0'),
    fraction: () => 0.5,
  }
  const clock = { now: () => 1_800_000_000_000, monotonic: () => 1000 }
  const bundles = new Map(
    ['default', 'agentic'].map((id) => [id, bundleOf(id, options.mode ?? 'enforce')]),
  )
  const conclude: Pick<EnforcePorts, 'deliberate' | 'record' | 'metrics' | 'clock' | 'report'> = {
    async deliberate(inquiry, call) {
      seen.inquiries.push(inquiry)
      seen.signals.push(call.signal)
      if (options.deliberate) return options.deliberate(inquiry, call)
      if (outcome.ok) call.onAccepted?.()
      return deliberationOf(inquiry, call.bundle, outcome)
    },
    async record(exchange, { deliberation }) {
      seen.records.push({ id: exchange.transcriptId, deliberation })
      return options.recorded ?? succeed('stored')
    },
    metrics,
    clock,
    report: (error) => seen.reports.push(error),
  }
  const askUpstream = (request: Request): Promise<Response> => {
    seen.upstream.push(request)
    return options.upstream?.(request) ?? Promise.resolve(Response.json({ ok: true }))
  }
  const transport = createFetchTransport({
    baseUrl: 'http://upstream.test/v1',
    firstByteMs: 5_000,
    idleMs: 5_000,
    fetch: askUpstream,
  })
  const deadlineMs = options.deadlineMs ?? 5_000
  const { forwardHeaders = [] } = options
  const relay = createRelay({
    transport,
    direct: null,
    apiKey: 'vendor-key',
    forwardHeaders,
  })
  const { maxBodyBytes = 32 * 1024 * 1024 } = options
  const common = { relay, metrics, clock, random, maxBodyBytes }
  const digest = sha256Hex(KEY)
  const defer = (_c: GatewayContext, work: Promise<unknown>) => seen.deferred.push(work)
  const kept = createKeptResponses({
    store: options.store ?? memoryStore(clock.now()),
    responseMs: options.responseMs ?? 3_600_000,
    subjectKey: SUBJECT_KEY,
    metrics,
    timeoutMs: 5_000,
    maxLength: maxBodyBytes,
  })
  const app = createApp({
    responses: createResponseRoutes({ kept, maxBodyBytes }),
    relay,
    metrics,
    random,
    authenticate:
      options.authenticate ??
      createAuthenticate({
        off: false,
        findKey: async (hash) =>
          hash === (await digest) ? { ...PRINCIPAL, ...options.principal } : null,
        verifyToken: options.verifyToken ?? null,
        sha256: sha256Hex,
      }),
    defer,
    limitRate: createRateLimit({ clock }),
    beginAttempt: createBeginAttempt({ clock, sha256: sha256Hex }),
    ...createDoors({
      config: {
        loopback: true,
        corsOrigins: [],
        clientAddressHeader: null,
        deadlineMs,
        ...options.doors,
      },
      platform: { clock, addressOf: () => options.address ?? null },
      bounds: { maxBodyBytes, bytesInFlight: options.bytesInFlight ?? 64 * 1024 * 1024 },
    }),
    guarded: {
      maxBodyBytes,
      sha256: sha256Hex,
      async pin({ id, digestPrefix }, caller) {
        await options.pinning?.(caller)
        const bundle = bundles.get(id)
        const named = digestPrefix === null || DIGEST.startsWith(digestPrefix)
        return bundle && named ? { bundle, cohort: null, candidate: null } : null
      },
      defer,
      policy: 'default',
      clock,
      random,
      enforce: createEnforce({
        ...conclude,
        carry: NOTHING_CARRIED,
        kept,
        maxBodyBytes,
        deadlineMs,
        forwardHeaders,
        observe: (_c, _exchange, deliberation) => seen.observed.push(deliberation),
        startSpan: () => noSpan,
        defer,
        random,
        sha256: sha256Hex,
      }),
      off: createOff({ ...common, recordRelay: (_c, _exchange, note) => seen.relays.push(note) }),
      shadow: createShadow({
        ...common,
        defer,
        recordRelay: (_c, _exchange, note) => seen.relays.push(note),
        enqueue: (_c, job) => seen.jobs.push(job),
      }),
    },
    countTokens: createCountTokens({ maxBodyBytes, relay: options.counts ? relay : null }),
    models: createModels({
      clock,
      askDocument: createAskDocument({
        dialect: chatDialect,
        baseURL: 'http://upstream.test/v1',
        apiKey: 'vendor-key',
        fetch: (input, init) => askUpstream(new Request(input, init)),
        clock,
        timeoutMs: 5_000,
        maxBytes: 100_000,
      }),
    }),
    readiness: () => ({ policies: options.loaded === false ? [] : [SERVED], spooled: 0 }),
    report: conclude.report,
    desk: {
      clock,
      authenticateAdmin: createAuthenticateAdmin({
        verifyToken: options.verifyAdminToken ?? null,
        people: options.admin?.admins ?? null,
        clock,
      }),
      transcripts: {
        read: async () => null,
        list: async () => [],
        rows: async () => [],
        count: () => Promise.resolve(0),
        names: async () => [],
      },
      exports: {
        deletedRows: () => Promise.resolve(null),
        record: async () => fail({ reason: 'subject_deleted' }),
      },
      newExportId: () => 'ex_1',
      labels: { add: async () => null, of: async () => [] },
      deleteSubject: async () => ({ transcripts: 0, labels: 0, candidateReviews: 0, exports: [] }),
      digestSubject: async () => '0'.repeat(64),
      serveExport: async () => fail({ reason: 'busy' }),
      exportTexts: async () => ({ bundles: [], protocols: [] }),
      audit: {
        read: async () => [],
        commit: () => Promise.reject(new Error('Something was noted')),
      },
      readStatus: async () => ({ complete: true, instances: [], policies: [] }),
      candidateReviews: { list: async () => [] },
      control: noPolicies,
      people: null,
      admins: {
        create: async () => fail({ reason: 'name_taken' }),
        list: async () => [],
        revoke: async () => false,
        find: async () => null,
      },
      keys: {
        async create({ mode = null, requestsPerMinute = null, expires = null, policies, ...key }) {
          const id = (++counter).toString(16).padStart(8, '0')
          const created = clock.now()
          const limits = { minimumMode: mode, requestsPerMinute, expires }
          const record = { ...key, ...limits, id, created, revoked: null }
          seen.keys.set(id, { ...record, policies: policies === '*' ? ['*'] : policies })
          return { id, key: `chm_${id}_${'7'.repeat(40)}` }
        },
        list: async () => [...seen.keys.values()],
        revoke: async (id) => seen.keys.delete(id),
      },
      ...options.admin,
    },
  })
  return { app, seen }
}

export const CHAT = {
  model: 'fake-model',
  messages: [{ role: 'user', content: 'What is the capital of France?' }],
}

/** A chat request as a client sends it. */
export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}
