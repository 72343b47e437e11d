/** All that redaction finds in a text, each part of it once. Pure. */
import { detectLanguage } from '../../text/language.ts'
import { findBirthDates } from './birth-dates.ts'
import { type Finder, type Found, plainSigns, TAKEN } from './finder.ts'
import { findNamedSecrets } from './named-secrets.ts'
import { createIdFinder } from './national-ids.ts'
import { findPersonal } from './personal-patterns.ts'
import { findPhones } from './phone-numbers.ts'
import { findSecrets } from './secrets.ts'

/** In this order: what an earlier one took, a later one does not see. */
const FINDERS: readonly Finder[] = [
  findSecrets,
  findNamedSecrets,
  findPersonal,
  createIdFinder(detectLanguage),
  findBirthDates,
  findPhones,
]

/** Every value has a digit or an at sign in it, stands in quotation marks, or after a sign or a parenthesis. */
const CANDIDATE = /[\p{Nd}@:="'“„«「『([-]/u

/** In the order of the text. `name`: of the member whose value the text is; it says what a number or a word may be. */
export function findIn(text: string, name = ''): readonly Found[] {
  if (!CANDIDATE.test(text) && name === '') return []
  const before = /\p{L}/u.test(name) && name.length <= MAX_NAME ? `"${name}": "` : ''
  return findAfter(before, text, before === '' ? '' : '"')
}

/** What is found in the text where other signs stand around it, which tell what it is. */
export function findAfter(before: string, text: string, after = ''): readonly Found[] {
  let signs = plainSigns(`${before}${text}${after}`)
  const all: Found[] = []
  for (const find of FINDERS) {
    const found = apart([...find(signs)])
    if (found.length === 0) continue
    signs = without(signs, found)
    all.push(...found)
  }
  return all
    .filter(({ start, end }) => start >= before.length && end <= before.length + text.length)
    .map((one) => ({ ...one, start: one.start - before.length, end: one.end - before.length }))
    .sort((one, other) => one.start - other.start)
}

const MAX_NAME = 60

/** Of those that overlap, the one that begins first, and of those the longest. */
export function apart(found: readonly Found[]): readonly Found[] {
  const sorted = found.toSorted((one, other) => one.start - other.start || other.end - one.end)
  let end = -1
  return sorted.filter((one) => {
    if (one.start < end) return false
    end = one.end
    return true
  })
}

function without(text: string, found: readonly Found[]): string {
  let rest = ''
  let at = 0
  for (const { start, end } of found) {
    rest += text.slice(at, start) + TAKEN.repeat(end - start)
    at = end
  }
  return rest + text.slice(at)
}
