/**
 * Calls the upstream for a draft; in `auto`, first in the placement it is known to take, then in the first it accepts.
 * I/O through the model port alone. What it learns is a settled fact: a call that succeeded.
 */

import type {
  CallOptions,
  Completion,
  Model,
  ModelFailure,
  Prompt,
} from '../../conversation/model.ts'
import type { Result } from '../../lib/result.ts'
import type { CapabilityMemory, Placement } from '../memory.ts'
import type { Stopwatch } from '../stopwatch.ts'
import { PLACEMENTS } from './place.ts'

export type PlacementSetting = 'auto' | Placement

export type CallPorts = {
  readonly model: Model
  readonly memory: CapabilityMemory
  readonly placement: PlacementSetting
  readonly stopwatch: Stopwatch
}

/** What is to be asked, in whichever placement the upstream takes. */
export type Composer = {
  readonly modelId: string
  readonly compose: (placement: Placement) => Prompt
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
  { modelId, compose }: Composer,
  options: CallOptions,
): Promise<Result<Completion, ModelFailure>> {
  const { model, memory, placement, stopwatch } = ports
  const complete = (prompt: Prompt) => stopwatch.during(() => model.complete(prompt, options))
  if (placement !== 'auto') return complete(compose(placement))
  const known = memory.recall(modelId).placement
  const initial = known ?? PLACEMENTS[0]
  const attempt = async (tried: Placement) => {
    const result = await complete(compose(tried))
    if (result.ok && tried !== known) memory.learn(modelId, { placement: tried })
    return result
  }
  const first = await attempt(initial)
  if (first.ok || !mayBePlacement(first.failure)) return first
  // What a template takes depends on the conversation too, so a placement that is known may still be refused.
  for (const other of PLACEMENTS.filter((tried) => tried !== initial)) {
    const result = await attempt(other)
    if (result.ok || !mayBePlacement(result.failure)) return result
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
