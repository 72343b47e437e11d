/**
 * The judge of the environment, for backtests: the configured one, or the stand-in where it is asked for by name.
 * I/O: review calls. Its model is never asked for a draft.
 */
import { createCapabilityMemory } from '../../deliberation/memory.ts'
import type { ReplayPorts } from '../../jobs/backtest/replay.ts'
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Config } from '../../start/config.ts'
import { openModels } from '../../start/node/open-models.node.ts'
import { noMetrics } from '../../telemetry/metrics.ts'

export type OpenJudge = AsyncDisposable & {
  readonly ports: NonNullable<ReplayPorts['judge']>
  /** Where its verdicts come from. */
  readonly provider: string
  /** Null: each request's own model. */
  readonly model: string | null
}

/** Null where none is configured and the stand-in is not asked for. */
export function openJudge(
  config: Config,
  { standIn }: { readonly standIn: boolean },
): OpenJudge | null {
  const { upstream, judge } = config
  const isConfigured = judge.baseUrl !== null || upstream.baseUrl !== null
  if (!standIn && !isConfigured) return null
  const nowhere = { baseUrl: null, apiKey: null }
  const models = openModels(
    standIn
      ? { ...config, upstream: { ...upstream, ...nowhere }, judge: { ...judge, ...nowhere } }
      : config,
  )
  return {
    ports: {
      judge: { model: models.judge, modelId: judge.model, family: judge.family },
      memory: createCapabilityMemory(),
      metrics: noMetrics,
      clock: systemClock,
      random: createPooledRandom(),
    },
    provider: models.judge.provider,
    model: judge.model,
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  }
}
