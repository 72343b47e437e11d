/** How many bytes of requests this process can hold, by the memory that it may have. No I/O but to ask. */
import { getHeapStatistics } from 'node:v8'

/**
 * A deliberation holds its request some ten times over (text, turns, prompts, reviews); what runs behind the answers takes a
 * quarter besides, and the program needs room as well.
 */
const SHARE = 20

/** The smaller of what V8 may take and what a container allows, where there is one. */
export function bytesForRequests(): number {
  const { heap_size_limit: heap } = getHeapStatistics()
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return Math.floor(Math.min(heap, allowed) / SHARE)
}
