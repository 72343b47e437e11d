/**
 * Which letters look like Latin ones, as Unicode's confusables have it. Pure.
 * It knows single code points without marks, in compatibility form.
 */
import { LOOK_ALIKES } from './look-alikes.generated.ts'

const LATIN_BY_POINT: ReadonlyMap<number, string> = decodeTable()

function decodeTable(): ReadonlyMap<number, string> {
  const table = new Map<number, string>()
  for (const [latin, steps] of LOOK_ALIKES) {
    let point = 0
    for (const step of steps.split(' ')) {
      point += Number.parseInt(step, 36)
      table.set(point, latin)
    }
  }
  return table
}

/** The text with every letter that looks Latin as the small Latin letter, or two, that it looks like. */
export function toLatinLetters(text: string): string {
  let latin = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x80) continue
    const point = text.codePointAt(at) ?? 0
    const letters = LATIN_BY_POINT.get(point)
    const last = point > 0xffff ? at + 1 : at
    if (letters !== undefined) {
      latin += text.slice(from, at) + letters
      from = last + 1
    }
    at = last
  }
  return from === 0 ? text : latin + text.slice(from)
}
