/**
 * The model port over a server whose contract is not told: chat completions are tried first, and where the server has no such
 * route, the next contract is. What has answered once is kept. I/O through the given models.
 */
import type { CallOptions, Completion, Model, ModelFailure, Prompt } from '../conversation/model.ts'
import { causeOf } from '../conversation/rejections.ts'
import type { Result } from '../lib/result.ts'

/** `models`: one for each contract, the likeliest first; all of one server. */
export function createFoundApi(models: readonly [Model, ...Model[]]): Model {
  return new FoundApi(models)
}

class FoundApi implements Model {
  readonly provider: string
  readonly #models: readonly [Model, ...Model[]]
  /** A settled value: requests that find it at the same time find the same. */
  #found: Model | null = null

  constructor(models: readonly [Model, ...Model[]]) {
    this.#models = models
    this.provider = models[0].provider
  }

  async complete(prompt: Prompt, options: CallOptions): Promise<Result<Completion, ModelFailure>> {
    if (this.#found) return this.#found.complete(prompt, options)
    let first: Result<Completion, ModelFailure> | null = null
    for (const model of this.#models) {
      const result = await model.complete(prompt, options)
      if (result.ok) this.#found = model
      if (result.ok || !isNoRoute(result.failure)) return result
      first ??= result
    }
    return first ?? this.#models[0].complete(prompt, options)
  }
}

const NO_ROUTE: readonly number[] = [404, 405, 501]

/** A server that has no such route, as far as it does not say that it is the model that it lacks. */
function isNoRoute(failure: ModelFailure): boolean {
  if (failure.reason === 'model_error_status') return NO_ROUTE.includes(failure.status)
  const { reason } = failure
  return (
    reason === 'model_rejected' &&
    NO_ROUTE.includes(failure.status) &&
    causeOf(failure.code) === null
  )
}
