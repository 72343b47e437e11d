/**
 * The `Selector` over the lexical index, with the indexes of recent bundles kept by digest.
 * It holds settled values only, and nothing of any request.
 */
import { LRUCache } from 'lru-cache'
import { inTurns } from '../../lib/in-turns.ts'
import { succeed } from '../../lib/result.ts'
import type { Bundle } from '../section.ts'
import { selectFromIndex } from './select.ts'
import type { Selector } from './selection.ts'
import { buildSelectionIndex, indexInSteps, type SelectionIndex } from './selection-index.ts'

/** Active, candidate and rolled-back bundles of a few policies; an index is a few megabytes at most. */
const DEFAULT_MAX_INDEXES = 16

export type CachedSelector = Selector & {
  /** Builds the index of a bundle ahead of its first request. */
  warm(bundle: Bundle): void
  /** The same in turns, so that requests under other bundles go on meanwhile. */
  warmInTurns(bundle: Bundle): Promise<void>
}

export function createCachedSelector(
  options: { readonly maxIndexes?: number } = {},
): CachedSelector {
  const indexes = new LRUCache<string, SelectionIndex>({
    max: options.maxIndexes ?? DEFAULT_MAX_INDEXES,
  })
  const indexOf = (bundle: Bundle) => {
    const known = indexes.get(bundle.digest)
    if (known) return known
    const index = buildSelectionIndex(bundle)
    indexes.set(bundle.digest, index)
    return index
  }
  return {
    warm: (bundle) => {
      indexOf(bundle)
    },
    async warmInTurns(bundle) {
      if (!indexes.has(bundle.digest)) {
        indexes.set(bundle.digest, await inTurns(indexInSteps(bundle)))
      }
    },
    select: (query, bundle) => succeed(selectFromIndex(indexOf(bundle), query, bundle.selection)),
  }
}
