/**
 * Fingerprints in the order they came, found again fast: a hash table in two flat arrays, 12 bytes a place. Pure but for itself.
 * A million of them take 25 MB, where a `Map` of texts takes several hundred.
 */

const FIRST_CAPACITY = 1024
const MAX_LOAD = 0.6
/** No fingerprint is negative. */
const EMPTY = -1

export type NumberIndex = {
  readonly size: number
  /** Which it is, counted from 0; adds it where it is new. */
  place(fingerprint: number): number
  has(fingerprint: number): boolean
}

export function createNumberIndex(): NumberIndex {
  let keys = new Float64Array(FIRST_CAPACITY).fill(EMPTY)
  let places = new Int32Array(FIRST_CAPACITY)
  let size = 0

  const slotOf = (fingerprint: number): number => {
    const mask = keys.length - 1
    let slot = Math.imul(fingerprint | 0, 0x9e3779b1) & mask
    while (keys[slot] !== EMPTY && keys[slot] !== fingerprint) slot = (slot + 1) & mask
    return slot
  }
  const grow = () => {
    const [oldKeys, oldPlaces] = [keys, places]
    keys = new Float64Array(oldKeys.length * 2).fill(EMPTY)
    places = new Int32Array(keys.length)
    for (let index = 0; index < oldKeys.length; index++) {
      const key = oldKeys[index] ?? EMPTY
      if (key === EMPTY) continue
      const slot = slotOf(key)
      keys[slot] = key
      places[slot] = oldPlaces[index] ?? 0
    }
  }
  return {
    get size() {
      return size
    },
    place(fingerprint) {
      const slot = slotOf(fingerprint)
      if (keys[slot] === fingerprint) return places[slot] ?? 0
      keys[slot] = fingerprint
      places[slot] = size
      size++
      if (size > keys.length * MAX_LOAD) grow()
      return size - 1
    },
    has: (fingerprint) => keys[slotOf(fingerprint)] === fingerprint,
  }
}
