/**
 * Calls the upstream for a draft, in the placement it is known to take or, in `auto`, in the first it accepts.
 * I/O through the model port alone. What it learns is a settled fact: a call that succeeded.
 */
import type { Result } from '../lib/result.ts'
import type { CallOptions, Completion, Model, ModelFailure, Prompt } from '../model/model.ts'
import type { CapabilityMemory, Placement } from './memory.ts'
import { PLACEMENTS } from './place.ts'
import type { Stopwatch } from './stopwatch.ts'

export type PlacementSetting = 'auto' | Placement

export type CallPorts = {
  readonly model: Model
  readonly memory: CapabilityMemory
  readonly placement: PlacementSetting
  readonly stopwatch: Stopwatch
}

/** Codes of rejections that another placement cannot mend. */
const OTHER_CAUSES: readonly (string | null)[] = [
  'context_length_exceeded',
  'model_not_found',
  'rate_limit_exceeded',
  'insufficient_quota',
  'content_filter',
  'content_policy_violation',
  'unsupported_parameter',
  'unsupported_value',
  'unknown_parameter',
]

export async function callModel(
  ports: CallPorts,
  compose: (placement: Placement) => Prompt,
  options: CallOptions,
): Promise<Result<Completion, ModelFailure>> {
  const { model, memory, placement, stopwatch } = ports
  const complete = (prompt: Prompt) => stopwatch.during(() => model.complete(prompt, options))
  if (placement !== 'auto') return complete(compose(placement))
  const [firstPlacement, ...others] = PLACEMENTS
  const initial = compose(firstPlacement)
  const known = memory.recall(initial.model).placement
  if (known) return complete(known === firstPlacement ? initial : compose(known))
  const first = await complete(initial)
  if (first.ok) memory.learn(initial.model, { placement: firstPlacement })
  if (first.ok || !mayBePlacement(first.failure)) return first
  for (const other of others) {
    const result = await complete(compose(other))
    if (result.ok) memory.learn(initial.model, { placement: other })
    if (result.ok || result.failure.reason === 'aborted') return result
  }
  // No placement helped, so the first rejection was about the request itself.
  return first
}

/** True for a rejection that the role or the position of the instructions may have caused. */
function mayBePlacement(failure: ModelFailure): boolean {
  if (failure.reason !== 'model_rejected') return false
  if (failure.status !== 400 && failure.status !== 422) return false
  if (OTHER_CAUSES.includes(failure.code)) return false
  return failure.param === null || failure.param.startsWith('messages')
}
