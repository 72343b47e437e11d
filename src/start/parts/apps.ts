/**
 * What answers apps: the guarded doors in their three modes, relays, the list of models, and the deliberations of shadowed requests. Made
 * once per process or isolate.
 */
import type { Span } from '../../lib/tracing.ts'
import { createAskDocument } from '../../model/ask-document.ts'
import { chatDialect } from '../../model/chat-dialect.ts'
import type { GivingWay } from '../../model/giving-way.ts'
import { messagesDialect } from '../../model/messages/dialect.ts'
import type { WhyDropped } from '../../telemetry/metrics.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { createGather } from '../../transcript/store/gather.ts'
import { type Carry, createCarry } from '../../v1/carry.ts'
import { type CountTokens, createCountTokens } from '../../v1/count-tokens.ts'
import { createEnforce, type EnforcePorts, type GuardedPorts } from '../../v1/enforce.ts'
import type { Exchange } from '../../v1/exchange.ts'
import {
  type AnswerModels,
  createModels,
  MAX_MODELS_BYTES,
  MODELS_TIMEOUT_MS,
} from '../../v1/models.ts'
import { createOff, type RecordRelay, type RelayNote } from '../../v1/off.ts'
import { recordDeliberation, recordRelay } from '../../v1/record.ts'
import { createRelay, type Relay } from '../../v1/relay.ts'
import {
  createRunShadow,
  type DropPorts,
  type DroppedExchange,
  dropShadow,
  type RunShadow,
} from '../../v1/run-shadow.ts'
import { createShadow, type ShadowJob } from '../../v1/shadow.ts'
import type { Config } from '../config.ts'
import type { Bounds, Platform } from '../platform.ts'
import type { Heart } from './heart.ts'
import type { Policies } from './policies.ts'
import type { Recording } from './recording.ts'
import { createResponses, type Responses } from './responses.ts'
import type { State } from './state.ts'
import type { Watching } from './watching.ts'

export type Apps = {
  /** Behind every door. */
  readonly guarded: GuardedPorts
  readonly models: AnswerModels
  readonly countTokens: CountTokens
  /** Passes embeddings and moderations through. */
  readonly relay: Relay
  /** The routes of responses that are kept. */
  readonly responses: Responses['routes']
  /** Deliberates a shadowed request, behind its answer. */
  readonly runShadow: RunShadow
  /** Notes a shadowed request that is not deliberated upon. Never rejects. */
  readonly dropShadow: (job: ShadowJob, why: WhyDropped) => Promise<void>
}

export type AppsOptions = {
  readonly config: Pick<Config, 'policy' | 'upstream' | 'deadlineMs' | 'forwardHeaders'>
  readonly platform: Pick<
    Platform,
    | 'clock'
    | 'random'
    | 'sha256'
    | 'protocol'
    | 'transport'
    | 'upstream'
    | 'fetch'
    | 'direct'
    | 'rows'
    | 'telemetry'
    | 'defer'
    | 'enqueueShadow'
    | 'givingWay'
    | 'report'
  >
  readonly bounds: Pick<Bounds, 'maxBodyBytes' | 'storeTimeoutMs'>
  readonly heart: Pick<Heart, 'deliberate' | 'deliberateBehind'>
  readonly policies: Policies
  readonly recording: Recording
  readonly state: State
  readonly watching: Watching
}

export function createApps(options: AppsOptions): Apps {
  const { platform, policies, recording, watching } = options
  const { clock, transport, direct, sha256, report } = platform
  const { deadlineMs, forwardHeaders } = options.config
  const { apiKey, api } = options.config.upstream
  const bare = createRelay({ transport, direct, apiKey, forwardHeaders })
  const relay = inFirstPlace(bare, platform.givingWay)
  const { metrics } = platform.telemetry
  const findBundle: DropPorts['findBundle'] = (policy, digest) =>
    policies.repository.find(policy, digest)
  const carry = carryOf(options)
  const responses = createResponses(options)
  const dropping = { findBundle, recordRelay: createRecordDropped(options), metrics }
  return {
    guarded: createGuardedPorts(options, { relay, carry, kept: responses.kept }),
    models: createModels({
      clock,
      askDocument: createAskDocument({
        dialect: api === 'messages' ? messagesDialect : chatDialect,
        baseURL: platform.upstream.baseUrl,
        apiKey,
        fetch: platform.fetch,
        clock,
        timeoutMs: MODELS_TIMEOUT_MS,
        maxBytes: MAX_MODELS_BYTES,
      }),
    }),
    countTokens: createCountTokens({
      maxBodyBytes: options.bounds.maxBodyBytes,
      relay: api === 'messages' ? relay : null,
    }),
    relay,
    responses: responses.routes,
    dropShadow: (job, why) => dropShadow(dropping, job, why),
    runShadow: createRunShadow({
      ...dropping,
      carry,
      sink: recording.sink,
      subjectKey: recording.subjectKey,
      upstream: recording.upstream,
      deliberate: options.heart.deliberateBehind,
      observations: watching.observations,
      runCandidate: watching.runCandidate,
      deadlineMs,
      startSpan: (exchange) => startSpan(platform.telemetry, exchange, undefined),
      sha256,
      report,
    }),
  }
}

/** Somebody waits for whatever is relayed. */
function inFirstPlace(relay: Relay, givingWay: GivingWay | null): Relay {
  if (!givingWay) return relay
  return async function relayInFirstPlace(c, request) {
    const end = givingWay.begin()
    try {
      return await relay(c, request)
    } finally {
      end()
    }
  }
}

function carryOf({ platform, recording, state, bounds }: AppsOptions): Carry {
  return createCarry({
    ...state,
    subjectKey: recording.subjectKey,
    upstream: recording.upstream.provider,
    clock: platform.clock,
    metrics: platform.telemetry.metrics,
    timeoutMs: bounds.storeTimeoutMs,
  })
}

type Behind = Pick<EnforcePorts, 'carry' | 'kept'> & { readonly relay: Relay }

function createGuardedPorts(options: AppsOptions, { relay, carry, kept }: Behind): GuardedPorts {
  const { platform, policies, recording, watching } = options
  const { clock, random, sha256, telemetry, enqueueShadow, defer, report } = platform
  const { metrics } = telemetry
  const { maxBodyBytes } = options.bounds
  const recordRelay = createRecordRelay(options)
  return {
    policy: options.config.policy,
    pin(choice, caller, deferWork) {
      const work = watching.pulseBehind()
      if (work) deferWork(work)
      return policies.repository.pin(choice, caller, deferWork)
    },
    enforce: createEnforce({
      deliberate: options.heart.deliberate,
      record: (exchange, recorded) => recordDeliberation(recording, exchange, recorded),
      carry,
      kept,
      observe: watching.observe,
      deadlineMs: options.config.deadlineMs,
      forwardHeaders: options.config.forwardHeaders,
      maxBodyBytes,
      startSpan: (exchange, traceparent) => startSpan(telemetry, exchange, traceparent),
      metrics,
      clock,
      random,
      sha256,
      report,
      defer,
    }),
    shadow: createShadow({
      relay,
      recordRelay,
      enqueue: enqueueShadow,
      defer,
      maxBodyBytes,
      metrics,
      clock,
    }),
    off: createOff({ relay, metrics, clock, recordRelay }),
    maxBodyBytes,
    sha256,
    defer,
    clock,
    random,
  }
}

/** The same behind no request: where no timer writes rows, at once. */
function createRecordDropped({ platform, recording }: AppsOptions) {
  const { rows, upstream } = recording
  const ports = { rows, upstream, protocolDigest: platform.protocol.digest }
  return (exchange: DroppedExchange, note: RelayNote): void | Promise<void> => {
    const isDue = recordRelay(ports, exchange, note)
    if (isDue || platform.rows === 'behind requests') return rows.flush()
  }
}

/** Rows are written by a timer of the platform's, behind the request that gathers, or when a batch is full. */
function createRecordRelay({ platform, recording }: AppsOptions): RecordRelay {
  const { clock, protocol, defer } = platform
  const { rows, upstream } = recording
  const flush = () => rows.flush()
  const gather = platform.rows === 'behind requests' ? createGather({ flush, clock }) : null
  return function recordRelayLater(c, exchange, note) {
    const isDue = recordRelay({ rows, upstream, protocolDigest: protocol.digest }, exchange, note)
    const work = isDue ? flush() : gather?.()
    if (work) defer(c, work)
  }
}

function startSpan(
  telemetry: Telemetry,
  { requestId, transcriptId, door, principal, mode }: Omit<Exchange, 'bundle' | 'candidate'>,
  traceparent: string | undefined,
): Span {
  return telemetry.span(door, {
    traceparent,
    attributes: {
      'chambers.request.id': requestId,
      'chambers.transcript.id': transcriptId,
      'chambers.tenant': principal.tenant,
      'chambers.app': principal.app,
      'chambers.mode': mode,
    },
  })
}
