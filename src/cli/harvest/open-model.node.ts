/** The model server of the environment, asked as it is, without deliberation. I/O: model calls. */

import type { Model } from '../../conversation/model.ts'
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import { createOpenAiModel } from '../../model/openai-model.ts'
import { createUndiciFetch } from '../../model/undici-fetch.node.ts'
import type { Config } from '../../start/config.ts'
import { openUpstream } from './open-heart.node.ts'

export type OpenModel = AsyncDisposable & { readonly model: Model }

const CONNECT_MS = 10_000
const MAX_RETRIES = 2
const MAX_REPLY_BYTES = 32 * 1024 * 1024

/** `onCall` is told of every call, tries included, as it begins. */
export function openModel(config: Config, onCall: () => void): OpenModel {
  const caller = createUndiciFetch({ connectMs: CONNECT_MS })
  const { provider, baseUrl, fetch } = openUpstream(config, caller.fetch)
  const { deadlineMs } = config
  const model = createOpenAiModel({
    provider,
    baseURL: baseUrl,
    apiKey: config.upstream.apiKey,
    fetch(input, init) {
      onCall()
      return fetch(input, init)
    },
    clock: systemClock,
    random: createPooledRandom(),
    timeouts: { firstTokenMs: deadlineMs, idleMs: deadlineMs, totalMs: deadlineMs },
    maxRetries: MAX_RETRIES,
    maxBodyBytes: MAX_REPLY_BYTES,
  })
  return { model, [Symbol.asyncDispose]: () => caller.close() }
}
