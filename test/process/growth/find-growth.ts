/** Whether twice the text makes a function do more than in proportion. */
import { countWork } from './count-work.ts'

/** Twice the text may make it do so many times as much; what is quadratic does four times. */
const MOST_GROWTH = 2.5
const FIRST_LENGTH = 400
/** What is bounded may look as if it grew below its bound. */
const LAST_LENGTH = 25_600
/** Of one text: what has grown to it in every step so far is not waited for. */
const MOST_WORK = 20_000_000

export type Growth = { readonly length: number; readonly ratio: number }

/** Null where it grows in proportion, or no longer does. */
export function findGrowth(
  read: (text: string) => unknown,
  textOf: (length: number) => string,
): Growth | null {
  const work = (length: number) => {
    const text = textOf(length)
    return countWork(() => read(text))
  }
  let before = work(FIRST_LENGTH)
  for (let length = 2 * FIRST_LENGTH; ; length *= 2) {
    const now = work(length)
    const ratio = now / before
    if (ratio <= MOST_GROWTH) return null
    if (length >= LAST_LENGTH || now > MOST_WORK) return { length, ratio }
    before = now
  }
}
