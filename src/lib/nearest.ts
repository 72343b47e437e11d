/** Which of a few known words somebody meant who wrote another. Pure; long words are never held against each other. */

const MAX_WORD = 40
/** So many letters of a word may be wrong, missing or too much: one of up to five, two of longer ones. */
const SHORT_WORD = 5

/** The known word that is nearest; null where none is near, or two are equally near. */
export function nearest(written: string, known: readonly string[]): string | null {
  const plain = plainOf(written)
  if (plain === '' || plain.length > MAX_WORD) return null
  const alike = known.find((word) => plainOf(word) === plain)
  if (alike !== undefined) return alike
  const most = plain.length <= SHORT_WORD ? 1 : 2
  const near = known
    .map((word) => ({ word, distance: distanceOf(plain, plainOf(word)) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
  const [first, second] = near
  if (!first || first.distance === second?.distance) return null
  return first.word
}

/** True where two words differ in nothing but their form. */
export function isSameWord(one: string, other: string): boolean {
  return plainOf(one) === plainOf(other)
}

/** Letters and digits alone: `Safe-Complete` and `safe_complete` are one word. */
function plainOf(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** Letters put in, left out, changed or swapped with their neighbour (optimal string alignment). */
function distanceOf(from: string, to: string): number {
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    for (let at = 1; at <= to.length; at++) {
      const same = from[row - 1] === to[at - 1] ? 0 : 1
      const swapped = from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1]
      line[at] = Math.min(
        (above[at] ?? 0) + 1,
        (line[at - 1] ?? 0) + 1,
        (above[at - 1] ?? 0) + same,
        swapped ? (before[at - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = above
    above = line
  }
  return above[to.length] ?? 0
}
