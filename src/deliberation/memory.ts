/**
 * What the heart has learnt of each upstream model, so that `auto` pays for a discovery once. No I/O.
 * It holds settled facts only, never a call under way: on Workers nothing pending may be shared between requests.
 */
import { LRUCache } from 'lru-cache'

/** Which role carries the instructions that follow the conversation, in the order in which `auto` tries them. */
export const PLACEMENTS = ['trailing-system', 'trailing-user', 'leading-merged'] as const
export type Placement = (typeof PLACEMENTS)[number]

export type CapabilityFacts = {
  /** Whether the model hands its reasoning out apart from its answer. */
  readonly reasoningField?: boolean
  /** The placement the upstream has accepted. */
  readonly placement?: Placement
  /** Whether the model writes text beside tool calls. */
  readonly textBesideTools?: boolean
  /** Whether the upstream takes a strict `response_format`. */
  readonly strictSchema?: boolean
}

export interface CapabilityMemory {
  recall(model: string): CapabilityFacts
  learn(model: string, facts: CapabilityFacts): void
}

/** Clients choose model ids, so the memory must be bounded. */
const MAX_MODELS = 1000

export function createCapabilityMemory(): CapabilityMemory {
  const known = new LRUCache<string, CapabilityFacts>({ max: MAX_MODELS })
  return {
    recall: (model) => known.get(model) ?? {},
    learn: (model, facts) => {
      known.set(model, { ...known.get(model), ...facts })
    },
  }
}
