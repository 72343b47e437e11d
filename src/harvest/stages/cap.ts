/** Step 7, caps: no tenant and no template may have more than so many, so that none speaks for all. Deterministic. */

import { createNumbers } from '../../text/growing.ts'
import type { DropReason, SetStage } from '../stage.ts'
import { createShares, type Shares } from './shares.ts'

export type CapOptions = {
  readonly by: 'tenant' | 'template'
  readonly max: number
}

const REASONS = {
  tenant: 'cap_tenant',
  template: 'cap_template',
} as const satisfies Record<CapOptions['by'], DropReason>

export function createCapStage({ by, max }: CapOptions): SetStage {
  let shares: Shares | null = createShares()
  const dropped = createNumbers((length) => new Uint8Array(length))
  return {
    name: `cap-${by}`,
    version: 1,
    add(trace) {
      shares ??= createShares()
      shares.add(trace.order, trace.id, trace[by])
    },
    verdict(order) {
      if (shares) {
        for (const one of shares.beyond(max)) dropped.set(one, 1)
        shares = null
      }
      return dropped.get(order) === 1 ? REASONS[by] : null
    },
  }
}
