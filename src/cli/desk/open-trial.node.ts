/**
 * The models of the environment, to try what golden cases expect of a decision: the same deliberation as a request's, of which
 * nothing is recorded. I/O: model calls; nothing is opened before the first of them.
 */
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { DecideCase } from '../../policy/check/decided-case.ts'
import type { Protocol } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import { BOUNDS } from '../../start/platform.ts'
import { noMetrics } from '../../telemetry/metrics.ts'

export type Trial = AsyncDisposable & { readonly decideCase: DecideCase }

type OpenedTrial = { readonly decideCase: DecideCase; readonly close: () => Promise<void> }

export function createTrial(config: Config, protocol: () => Promise<Protocol>): Trial {
  let opened: Promise<OpenedTrial> | null = null
  return {
    async decideCase(golden, options) {
      opened ??= open(config, protocol)
      return (await opened).decideCase(golden, options)
    },
    async [Symbol.asyncDispose]() {
      await (await opened)?.close()
    },
  }
}

async function open(config: Config, protocol: () => Promise<Protocol>): Promise<OpenedTrial> {
  // Few commands ask a model, and none should wait for what they do not use.
  const { createHeart } = await import('../../start/parts/heart.ts')
  const { openModels } = await import('../../start/node/open-models.node.ts')
  const models = openModels(config)
  const { decideCase } = createHeart({
    config,
    platform: {
      clock: systemClock,
      random: createPooledRandom(),
      protocol: await protocol(),
      telemetry: { metrics: noMetrics },
    },
    models,
    bounds: BOUNDS,
  })
  return { decideCase, close: async () => models[Symbol.asyncDispose]() }
}
