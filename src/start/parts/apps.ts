/**
 * What answers apps: chat in its three modes, relays, the list of models, and the deliberations of shadowed requests. Made
 * once per process or isolate.
 */
import type { Span } from '../../lib/tracing.ts'
import { createAskDocument } from '../../model/ask-document.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { createGather } from '../../transcript/store/gather.ts'
import { type ChatCompletionsPorts, createEnforce } from '../../v1/enforce.ts'
import type { Exchange } from '../../v1/exchange.ts'
import {
  type AnswerModels,
  createModels,
  MAX_MODELS_BYTES,
  MODELS_TIMEOUT_MS,
} from '../../v1/models.ts'
import { createOff, type RecordRelay } from '../../v1/off.ts'
import { recordDeliberation, recordRelay } from '../../v1/record.ts'
import { createRelay, type Relay } from '../../v1/relay.ts'
import { createRunShadow, type RunShadow } from '../../v1/run-shadow.ts'
import { createShadow } from '../../v1/shadow.ts'
import type { Config } from '../config.ts'
import type { Bounds, Platform } from '../platform.ts'
import type { Heart } from './heart.ts'
import type { Policies } from './policies.ts'
import type { Recording } from './recording.ts'
import type { Watching } from './watching.ts'

export type Apps = {
  readonly chat: ChatCompletionsPorts
  readonly models: AnswerModels
  /** Passes embeddings and moderations through. */
  readonly relay: Relay
  /** Deliberates a shadowed request, behind its answer. */
  readonly runShadow: RunShadow
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
    | 'report'
  >
  readonly bounds: Pick<Bounds, 'maxBodyBytes'>
  readonly heart: Pick<Heart, 'deliberate'>
  readonly policies: Policies
  readonly recording: Recording
  readonly watching: Watching
}

export function createApps(options: AppsOptions): Apps {
  const { platform, policies, recording, watching } = options
  const { clock, transport, direct, sha256, report } = platform
  const { deadlineMs, forwardHeaders } = options.config
  const { apiKey } = options.config.upstream
  const relay = createRelay({ transport, direct, apiKey, forwardHeaders })
  return {
    chat: createChat(options, relay),
    models: createModels({
      clock,
      askDocument: createAskDocument({
        baseURL: platform.upstream.baseUrl,
        apiKey,
        fetch: platform.fetch,
        clock,
        timeoutMs: MODELS_TIMEOUT_MS,
        maxBytes: MAX_MODELS_BYTES,
      }),
    }),
    relay,
    runShadow: createRunShadow({
      sink: recording.sink,
      subjectKey: recording.subjectKey,
      upstream: recording.upstream,
      findBundle: (policy, digest) => policies.repository.find(policy, digest),
      deliberate: options.heart.deliberate,
      observations: watching.observations,
      runCandidate: watching.runCandidate,
      deadlineMs,
      startSpan: (exchange) => startSpan(platform.telemetry, exchange, undefined),
      metrics: platform.telemetry.metrics,
      sha256,
      report,
    }),
  }
}

function createChat(options: AppsOptions, relay: Relay): ChatCompletionsPorts {
  const { platform, policies, recording, watching } = options
  const { clock, random, sha256, telemetry, enqueueShadow, defer, report } = platform
  const { metrics } = telemetry
  const { maxBodyBytes } = options.bounds
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
    shadow: createShadow({ relay, enqueue: enqueueShadow, maxBodyBytes, metrics }),
    off: createOff({ relay, metrics, clock, recordRelay: createRecordRelay(options) }),
    defer,
    clock,
    random,
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
  { requestId, transcriptId, principal, mode }: Omit<Exchange, 'bundle' | 'candidate'>,
  traceparent: string | undefined,
): Span {
  return telemetry.span('chat', {
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
