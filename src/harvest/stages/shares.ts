/**
 * Groups that may have so many each: which of a group stay is decided by a hash of their ids, so that the choice leans to no time
 * and no tenant, and is the same in every export. 12 bytes a trace.
 */
import { fingerprint } from '../../text/fingerprint.ts'
import { createNumbers } from '../../text/growing.ts'
import { hash32 } from '../../text/hash32.ts'
import { createNumberIndex } from '../../text/number-index.ts'

export type Shares = {
  /** Learns one; `group` null: it is in none, and stays. */
  add(order: number, id: string, group: string | null): void
  /** How many are in a group, but for those of `isOut`. */
  count(isOut: (order: number) => boolean): number
  /** The orders that are beyond the share of their group; those of `isOut` are in none any more. */
  beyond(limit: number, isOut?: (order: number) => boolean): Iterable<number>
}

export function createShares(): Shares {
  const groups = createNumberIndex()
  const orders = createNumbers((length) => new Int32Array(length))
  const members = createNumbers((length) => new Int32Array(length))
  const hashes = createNumbers((length) => new Uint32Array(length))
  let size = 0
  return {
    add(order, id, group) {
      if (group === null) return
      orders.set(size, order)
      members.set(size, groups.place(fingerprint(group)))
      hashes.set(size, hash32(id))
      size++
    },
    count(isOut) {
      let all = 0
      for (let one = 0; one < size; one++) if (!isOut(orders.get(one))) all++
      return all
    },
    *beyond(limit, isOut = () => false) {
      const left = new Float64Array(groups.size).fill(limit)
      const ranked = new Int32Array(size).map((_, index) => index)
      ranked.sort((a, b) => hashes.get(a) - hashes.get(b) || orders.get(a) - orders.get(b))
      for (const one of ranked) {
        const order = orders.get(one)
        if (isOut(order)) continue
        const group = members.get(one)
        const free = left[group] ?? 0
        if (free > 0) left[group] = free - 1
        else yield order
      }
    },
  }
}
