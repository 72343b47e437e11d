/**
 * Step 7, duplicates: of examples with the same words, or almost the same, the first in order stays. Deterministic.
 * Near ones are looked for in bands of a signature and verified by the whole of it; those that differ in a number are not near. About
 * 100 bytes a trace until they are all added, and one after.
 */
import { fingerprint } from '../../text/fingerprint.ts'
import { createNumbers, type Numbers } from '../../text/growing.ts'
import {
  BANDS,
  equalFor,
  equalValues,
  HASHES,
  SIGNATURE_WORDS,
  spread,
} from '../../text/min-hash.ts'
import { createNumberIndex } from '../../text/number-index.ts'
import type { DropReason, SetStage } from '../stage.ts'
import { type Print, readPrint } from './print.ts'

/** From this share of common 5-grams on, two texts are near, unless somebody says otherwise. */
export const NEAR = 0.8

/** Below this share, texts meet too seldom in bands of four values. */
const WIDE = 0.8

/**
 * In one band, an example is held against so many before it in its place of the index. Where thousands do, a template is behind it,
 * and near duplicates meet again in a band of their own words.
 */
const MAX_LOOKED = 64

/** So many are looked at in one band before others have their turn. */
const STEP = 10_000

/** In the place of an order: what an earlier export gave. */
const GIVEN = -1

const EXACT = 1
const NEARLY = 2
const REASONS: readonly (DropReason | null)[] = [null, 'duplicate_exact', 'duplicate_near']

/** What is remembered until all were added. */
function createMemory() {
  return {
    known: createNumberIndex(),
    signatures: createNumbers((length) => new Uint32Array(length)),
    orders: createNumbers((length) => new Int32Array(length)),
    count: 0,
  }
}

/** `near`: from which share on (0.5 to 1) two texts are near; null: those with the same words alone are duplicates. */
export function createDuplicateStage(near: number | null = NEAR): SetStage {
  const verdicts = createNumbers((length) => new Uint8Array(length))
  let memory: ReturnType<typeof createMemory> | null = createMemory()
  /** False for words that are known. */
  const learn = ({ exact, signature }: Print, order: number): boolean => {
    memory ??= createMemory()
    const { known, signatures, orders, count } = memory
    const before = known.size
    known.place(exact)
    if (known.size === before) return false
    orders.set(count, order)
    signature.forEach((values, band) => {
      signatures.set(count * SIGNATURE_WORDS + band, values)
    })
    memory.count++
    return true
  }
  function* settle(): Generator<null> {
    if (!memory) return
    const { signatures, orders, count } = memory
    // What comes now has need of the room, and so has the next stage.
    memory = null
    if (near === null) return
    for (const found of findNear(signatures, { count, near })) {
      if (found === null) yield null
      else if (orders.get(found) !== GIVEN) verdicts.set(orders.get(found), NEARLY)
    }
  }
  return {
    name: 'duplicates',
    version: 3,
    remember(packed) {
      const print = readPrint(packed)
      if (print) learn(print, GIVEN)
    },
    add({ order, exact, signature }) {
      if (!learn({ exact: fingerprint(exact), signature }, order)) verdicts.set(order, EXACT)
    },
    settle,
    verdict(order) {
      if (memory) for (const _ of settle());
      return REASONS[verdicts.get(order)] ?? null
    },
  }
}

/** The places of all that are near to one before them, which itself stays or is near to one before it; null now and then. */
function* findNear(
  signatures: Numbers,
  { count, near }: { readonly count: number; readonly near: number },
): Generator<number | null> {
  const mostDifferent = HASHES - equalFor(near)
  const halves = near < WIDE ? 2 : 1
  const valuesIn = (one: number, band: number) => {
    const values = signatures.get(one * SIGNATURE_WORDS + Math.floor(band / halves))
    return halves === 1 ? values : (values >>> ((band % 2) * 16)) & 0xffff
  }
  const isNear = new Uint8Array(count)
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, count * 1.5)))
  const last = new Int32Array(size)
  const earlier = new Int32Array(count)
  for (let band = 0; band < BANDS * halves; band++) {
    last.fill(-1)
    for (let one = 0; one < count; one++) {
      if (one % STEP === 0) yield null
      if (isNear[one]) continue
      const values = valuesIn(one, band)
      const slot = spread(values) & (size - 1)
      let other = last[slot] ?? -1
      for (let looked = 0; other !== -1 && looked < MAX_LOOKED; looked++) {
        const isSame = valuesIn(other, band) === values
        if (isSame && differences(signatures, one, other) <= mostDifferent) {
          isNear[one] = 1
          yield one
          break
        }
        other = earlier[other] ?? -1
      }
      if (isNear[one]) continue
      earlier[one] = last[slot] ?? -1
      last[slot] = one
    }
  }
}

/** Of the values of two signatures; endless where the texts differ in a number. */
function differences(signatures: Numbers, one: number, other: number): number {
  const numbers = one * SIGNATURE_WORDS + BANDS
  if (signatures.get(numbers) !== signatures.get(other * SIGNATURE_WORDS + BANDS)) return Infinity
  let different = 0
  for (let band = 0; band < BANDS; band++) {
    const values = signatures.get(one * SIGNATURE_WORDS + band)
    different += 4 - equalValues(values, signatures.get(other * SIGNATURE_WORDS + band))
  }
  return different
}
