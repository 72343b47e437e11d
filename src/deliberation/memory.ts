/**
 * What the heart has learnt of each upstream model, so that a discovery is paid for once. No I/O.
 * It holds settled facts only, never a call under way: on Workers nothing pending may be shared between requests.
 */
import { LRUCache } from 'lru-cache'
import type { Terms } from './terms.ts'

/** Of the terms, those that the upstream has accepted or laid down. */
export type CapabilityFacts = Partial<Terms> & {
  /** Whether the model hands its reasoning out apart from its answer. */
  readonly reasoningField?: boolean
  /** Whether the model writes text beside tool calls. */
  readonly textBesideTools?: boolean
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
