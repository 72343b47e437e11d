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

/** What a model is asked for: the servers of both may serve one id with different abilities. */
type ModelUse = 'draft' | 'judge'

export interface CapabilityMemory {
  /** `use` left out is a draft's. */
  recall(model: string, use?: ModelUse): CapabilityFacts
  learn(model: string, facts: CapabilityFacts, use?: ModelUse): void
}

/** Clients choose model ids, so the memory must be bounded. */
const MAX_MODELS = 1000

export function createCapabilityMemory(): CapabilityMemory {
  const known = new LRUCache<string, CapabilityFacts>({ max: MAX_MODELS })
  return {
    recall: (model, use = 'draft') => known.get(keyOf(model, use)) ?? {},
    learn: (model, facts, use = 'draft') => {
      const key = keyOf(model, use)
      known.set(key, { ...known.get(key), ...facts })
    },
  }
}

/** The use comes first: no id that a client makes up for a draft is the key of a judge. */
function keyOf(model: string, use: ModelUse): string {
  return `${use} ${model}`
}
