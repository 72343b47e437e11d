/**
 * The heart for work without traffic: the models of the environment, the same deliberation as a request's. I/O: model calls.
 * It serves nobody, and counts in nobody's metrics.
 */
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Protocol } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import { openModels } from '../../start/node/open-models.node.ts'
import { createHeart, type Heart } from '../../start/parts/heart.ts'
import { noMetrics } from '../../telemetry/metrics.ts'

export type OpenHeart = AsyncDisposable &
  Pick<Heart, 'deliberate' | 'warm'> & {
    /** Where answers come from. */
    readonly provider: string
  }

const BOUNDS = { selectionIndexes: 16 }

/** `onCall` is told of every call to a model, tries included, as it begins. */
export function openHeart(
  config: Config,
  { protocol, onCall }: { readonly protocol: Protocol; readonly onCall: () => void },
): OpenHeart {
  const models = openModels(config, onCall)
  const { deliberate, warm } = createHeart({
    config,
    platform: {
      clock: systemClock,
      random: createPooledRandom(),
      protocol,
      telemetry: { metrics: noMetrics },
    },
    models,
    bounds: BOUNDS,
  })
  return {
    deliberate,
    warm,
    provider: models.draft.provider,
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  }
}
