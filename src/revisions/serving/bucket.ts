/**
 * A caller's place in a rollout: the same at every request, on every instance, after every restart. Pure.
 * The place hangs on what is rolled out and not on the percentage, so that raising it never moves a caller back.
 */

import type { Caller } from '../../policy/repository.ts'
import { hash32 } from '../../text/hash32.ts'
import type { Unit } from './unit.ts'

const HASHES = 2 ** 32
/** It goes on record: a finer place would tell whose it is to whoever tries names. */
const PLACES_IN_ONE = 100

/** From 0 (inclusive) to 100 (exclusive), in hundredths. */
export function bucketOf(
  { tenant, app }: Pick<Caller, 'tenant' | 'app'>,
  unit: Unit,
  rollout: string,
): number {
  const share = hash32(JSON.stringify(keyOf({ tenant, app }, unit, rollout))) / HASHES
  return Math.floor(share * 100 * PLACES_IN_ONE) / PLACES_IN_ONE
}

/** No two kinds make the same key. A person is one in all apps of a tenant, as a transcript's subject is. */
function keyOf(
  { tenant, app }: Pick<Caller, 'tenant' | 'app'>,
  { kind, value }: Unit,
  rollout: string,
): readonly (string | null)[] {
  switch (kind) {
    case 'session':
    case 'app':
      return [rollout, tenant, app, value]
    case 'user':
      return [rollout, tenant, null, kind, value]
    case 'conversation':
      return [rollout, tenant, app, kind, value]
  }
}
