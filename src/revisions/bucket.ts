/**
 * A caller's place in a rollout: the same at every request, on every instance, after every restart. Pure.
 * The place hangs on the candidate and not on the percentage, so that raising it never moves a caller back.
 */
import type { Caller } from '../policy/repository.ts'

const BUCKETS = 2 ** 32

/** From 0 (inclusive) to 100 (exclusive), by session where the caller sends one, else by app. */
export function bucketOf({ tenant, app, session }: Caller, candidate: string): number {
  return (hashOf(JSON.stringify([candidate, tenant, app, session])) / BUCKETS) * 100
}

/**
 * FNV-1a over UTF-16 code units, finished as MurmurHash3 does (fmix32): alike keys land far apart.
 * It spreads callers and guards nothing.
 */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
