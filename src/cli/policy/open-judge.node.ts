/**
 * The judge of the environment, for backtests: the configured one, or the stand-in where it is asked for by name.
 * I/O: review calls. Its model is never asked for a draft.
 */

import { createCapabilityMemory } from '../../deliberation/memory.ts'
import type { ReplayPorts } from '../../jobs/backtest/replay.ts'
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Fetch } from '../../model/openai-client.ts'
import { createOpenAiModel } from '../../model/openai-model.ts'
import { createUndiciFetch } from '../../model/undici-fetch.node.ts'
import { createStandIn } from '../../stand-in/stand-in.ts'
import type { Config } from '../../start/config.ts'
import { noMetrics } from '../../telemetry/metrics.ts'

export type OpenJudge = AsyncDisposable & {
  readonly ports: NonNullable<ReplayPorts['judge']>
  /** Where its verdicts come from. */
  readonly provider: string
  /** Null: each request's own model. */
  readonly model: string | null
}

const CONNECT_MS = 10_000
const MAX_RETRIES = 2
const MAX_REPLY_BYTES = 32 * 1024 * 1024
/** Whatever base a stand-in is given: its requests never leave this process. */
const STAND_IN_BASE = 'http://stand-in.invalid/v1'

/** Null where none is configured and the stand-in is not asked for. */
export function openJudge(
  config: Config,
  { standIn }: { readonly standIn: boolean },
): OpenJudge | null {
  const { judge, upstream } = config
  const baseUrl = judge.baseUrl ?? upstream.baseUrl
  if (standIn) {
    const answer = createStandIn()
    return create({
      provider: 'stand-in',
      baseUrl: STAND_IN_BASE,
      apiKey: null,
      fetch: (input, init) => answer(new Request(input, init)),
      close: () => Promise.resolve(),
    })
  }
  if (baseUrl === null) return null
  const caller = createUndiciFetch({ connectMs: CONNECT_MS })
  return create({
    provider: new URL(baseUrl).hostname,
    baseUrl,
    apiKey: judge.apiKey,
    fetch: caller.fetch,
    close: () => caller.close(),
  })

  function create(server: {
    readonly provider: string
    readonly baseUrl: string
    readonly apiKey: string | null
    readonly fetch: Fetch
    readonly close: () => Promise<void>
  }): OpenJudge {
    const random = createPooledRandom()
    const model = createOpenAiModel({
      provider: server.provider,
      baseURL: server.baseUrl,
      apiKey: server.apiKey,
      fetch: server.fetch,
      clock: systemClock,
      random,
      timeouts: {
        firstTokenMs: config.deadlineMs,
        idleMs: config.deadlineMs,
        totalMs: config.deadlineMs,
      },
      maxRetries: MAX_RETRIES,
      maxBodyBytes: MAX_REPLY_BYTES,
    })
    return {
      ports: {
        judge: { model, modelId: judge.model, family: judge.family },
        memory: createCapabilityMemory(),
        metrics: noMetrics,
        clock: systemClock,
        random,
      },
      provider: server.provider,
      model: judge.model,
      [Symbol.asyncDispose]: server.close,
    }
  }
}
