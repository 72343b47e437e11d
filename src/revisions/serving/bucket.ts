/**
 * A caller's place in a rollout: the same at every request, on every instance, after every restart. Pure.
 * The place hangs on the candidate and not on the percentage, so that raising it never moves a caller back.
 */

import type { Caller } from '../../policy/repository.ts'
import { hash32 } from '../../text/hash32.ts'

const BUCKETS = 2 ** 32

/** From 0 (inclusive) to 100 (exclusive), by session where the caller sends one, else by app. */
export function bucketOf({ tenant, app, session }: Caller, candidate: string): number {
  return (hash32(JSON.stringify([candidate, tenant, app, session])) / BUCKETS) * 100
}
