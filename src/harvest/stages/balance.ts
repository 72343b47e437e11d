/**
 * Step 6, balance: a cap on every pair of section and decision, and a floor under the share of benign look-alikes. Deterministic.
 * The share is of all that came under a sensitive section: requests that were held back, and look-alikes that were not. It is
 * reached by dropping the former; without look-alikes none of them can stay.
 */

import { createNumbers, type Numbers } from '../../text/growing.ts'
import type { DropReason, SetStage } from '../stage.ts'
import { createShares, type Shares } from './shares.ts'

export type BalanceOptions = {
  /** At most so many of each section and decision. */
  readonly maxPerCell: number | null
  /** The least share (0 to 1) of look-alikes. */
  readonly minLookAlikes: number | null
}

const BEYOND_CELL = 1
const BEYOND_LOOK_ALIKES = 2
const REASONS: readonly (DropReason | null)[] = [null, 'balance_cell', 'balance_look_alikes']

type Groups = Readonly<Record<'cells' | 'heldBack' | 'lookAlikes', Shares>>

function createGroups(): Groups {
  return { cells: createShares(), heldBack: createShares(), lookAlikes: createShares() }
}

export function createBalanceStage(options: BalanceOptions): SetStage {
  const verdicts = createNumbers((length) => new Uint8Array(length))
  let groups: Groups | null = createGroups()
  return {
    name: 'balance',
    version: 2,
    add({ order, id, section, decision, lookAlike }) {
      if (section === null || decision === null) return
      groups ??= createGroups()
      groups.cells.add(order, id, `${section} ${decision}`)
      if (lookAlike) groups.lookAlikes.add(order, id, 'all')
      else if (decision !== 'comply') groups.heldBack.add(order, id, 'all')
    },
    verdict(order) {
      if (groups) settle(groups, verdicts, options)
      groups = null
      return REASONS[verdicts.get(order)] ?? null
    },
  }
}

function settle(
  { cells, heldBack, lookAlikes }: Groups,
  verdicts: Numbers,
  { maxPerCell, minLookAlikes }: BalanceOptions,
): void {
  const isOut = (order: number) => verdicts.get(order) !== 0
  if (maxPerCell !== null) {
    for (const order of cells.beyond(maxPerCell)) verdicts.set(order, BEYOND_CELL)
  }
  if (minLookAlikes === null || minLookAlikes === 0) return
  const left = lookAlikes.count(isOut)
  const limit = Math.floor((left * (1 - minLookAlikes)) / minLookAlikes)
  for (const order of heldBack.beyond(limit, isOut)) verdicts.set(order, BEYOND_LOOK_ALIKES)
}
