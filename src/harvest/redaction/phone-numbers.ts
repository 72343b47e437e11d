/**
 * Telephone numbers: international ones by their `+` or `00`, national ones by the numbering plans of libphonenumber. Pure. Ordinary
 * numbers are as long, so that a national number must be called one, or be written as one is where the text's language is spoken.
 */
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { digitsOf, type Found, mayHoldPhone, textAfter, textBefore } from './finder.ts'
import { countriesOf, type PhoneCountries } from './phone-countries.ts'
import { isCalledOther, isCalledPhone } from './phone-words.ts'

const SEPARATOR = '[ .\\-]'
const MIN_DIGITS = 9
const MAX_DIGITS = 15
/** Fifty countries are asked about each number that is called one; of so many in one text the rest is believed. */
const MAX_PROVED = 500

// `+49 (0)30 901820-123`, `0049 30 …`.
const INTERNATIONAL = new RegExp(
  `(?<![\\w+/=.-])(?:\\+ ?|00 ?|011 )[1-9]\\d{0,2}${SEPARATOR}?(?:\\(0?\\d{1,5}\\)${SEPARATOR}?)?\\d{1,5}(?:${SEPARATOR}?\\d{2,5}){1,5}(?![\\w-])`,
  'g',
)
/** In a link, where its country's code comes first whether or not a plus does. */
const LINKED =
  /(?:wa\.me\/|[?&](?:phone|tel|mobile|msisdn)=|(?:tel|sms|callto|whatsapp):)(?<number>(?:\+|%2B)?[1-9]\d{8,14})(?!\w)/gi
// North America's own form.
const AMERICAN =
  /(?<![\w+.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])\d{3}[.-]\d{4}(?![\w-]|\.\d)/g
const NATIONAL =
  /(?<![A-Za-z0-9_+/])(?<![A-Za-z0-9][-=])(?<!\d[ ().,:])(?:(?:\d[ -]?)?\()?\d(?:(?:\)[ .-]?|[ .-]| ?\/ ?| - | ?\()?\d){6,14}(?![A-Za-z0-9_]|[-/.,:]\d| \d|%| ?[€$£¥°*=^+]| \/ ?\d)/g

export function* findPhones(text: string): Generator<Found> {
  if (!mayHoldPhone(text)) return
  const taken = new Set<number>()
  for (const { 0: match, index } of text.matchAll(INTERNATIONAL)) {
    const value = internationalOf(match)
    if (value === null) continue
    taken.add(index)
    yield { kind: 'phone', start: index, end: index + match.length, value }
  }
  for (const { groups, index, 0: match } of text.matchAll(LINKED)) {
    const { number = '' } = groups ?? {}
    const value = internationalOf(number.replace(/^(?:\+|%2B)?/i, '+'))
    const start = index + match.length - number.length
    if (value !== null) yield { kind: 'phone', start, end: index + match.length, value }
  }
  for (const { 0: match, index } of text.matchAll(AMERICAN)) {
    taken.add(index)
    const value = `+1${digitsOf(match).slice(-10)}`
    yield { kind: 'phone', start: index, end: index + match.length, value }
  }
  const countries = countriesOf(text)
  let called = 0
  for (const { 0: match, index } of text.matchAll(NATIONAL)) {
    if (taken.has(index)) continue
    const end = index + match.length
    const before = textBefore(text, index)
    const after = textAfter(text, end)
    const isCalled = isCalledPhone(before, after)
    if (isCalled) called++
    const beside = { before, isCalled, countries: countries(before + after) }
    const value = called > MAX_PROVED && isCalled ? digitsOf(match) : nationalOf(match, beside)
    if (value !== null) yield { kind: 'phone', start: index, end, value }
  }
}

/** In E.164. With a plus, what is as long as numbers of that country are. */
function internationalOf(match: string): string | null {
  const international = match.replace(/^(?:00|011) ?/, '+').replace('(0)', '')
  const digits = digitsOf(international)
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return null
  const parsed = parsePhoneNumberFromString(international)
  const isOne = match.startsWith('+') ? parsed?.isPossible() : parsed?.isValid()
  return parsed && isOne ? parsed.number : null
}

type Beside = {
  readonly before: string
  readonly isCalled: boolean
  readonly countries: PhoneCountries
}

function nationalOf(match: string, { before, isCalled, countries }: Beside): string | null {
  const digits = digitsOf(match)
  if (digits.length < 7 || digits.length > 13 || /^(\d)\1+$/.test(digits)) return null
  if (isDate(match) || isYears(match)) return null
  if (isCalled) {
    // Within a town nobody says its code.
    return validIn(match, countries.all) ?? (/^\d{3}[ -]\d{4}$/.test(match) ? digits : null)
  }
  if (isCalledOther(before) || /^\d+\.\d{5,}$/.test(match)) return null
  if (!isWrittenAsPhone(match, digits)) {
    return mobileIn(match, countries.near) ?? formattedIn(match, countries.near)
  }
  return validIn(match, countries.near)
}

/** With a trunk code, or an area in parentheses, and in groups. */
function isWrittenAsPhone(match: string, digits: string): boolean {
  if (digits.length < MIN_DIGITS || digits.length > 12) return false
  if (/^(?:\d ?)?\(\d{2,5}\) ?\d{3,5}[ -]?\d{2,4}(?:[ -]?\d{2})?$/.test(match)) return true
  if (/^8[ .-]\(?\d{3}\)?[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}$/.test(match)) return true
  if (!/^[08]/.test(match) || !/[ ./-]/.test(match)) return false
  const separators = [...match.matchAll(/(?<=\d)[ ./-]+(?=\d)/g)].map(([one]) => one.trim() || ' ')
  // After the area, one and the same.
  return new Set(separators.slice(1)).size <= 1 && /^0|^8 ?\(/.test(match)
}

/** In the groups of that country, where they are not those of any amount: `612 34 56 78`, and not `612 345 678`. */
function formattedIn(match: string, countries: readonly CountryCode[]): string | null {
  const groups = groupsOf(match)
  const isLikeAmount = !match.includes('-') && groups.slice(1).every(({ length }) => length === 3)
  if (groups.length < 3 || isLikeAmount) return null
  for (const country of countries) {
    const parsed = parsePhoneNumberFromString(match, country)
    const written = parsed?.isValid() ? groupsOf(parsed.formatNational()) : []
    if (written.join(' ') === groups.join(' ')) return parsed?.number ?? null
  }
  return null
}

function groupsOf(text: string): readonly string[] {
  return text.match(/\d+/g) ?? []
}

/** Digits without a gap, where mobile numbers are written so. */
function mobileIn(match: string, countries: readonly CountryCode[]): string | null {
  if (!/^\d{10,11}$|^\d{3}[ -]\d{4}[ -]\d{4}$|^\d{5} \d{5}$/.test(match)) return null
  const isPlain = match.startsWith('0')
  const able = countries.filter((country) => isPlain || BARE_MOBILES.has(country))
  return validIn(match, able, (type) => type === 'MOBILE')
}

/** Where a mobile number has no trunk code, and so many digits that few other numbers are as long. */
const BARE_MOBILES: ReadonlySet<CountryCode> = new Set(['CN', 'IN', 'BR'])

function validIn(
  match: string,
  countries: readonly CountryCode[],
  isWanted: (type: string | undefined) => boolean = () => true,
): string | null {
  for (const country of countries) {
    const parsed = parsePhoneNumberFromString(match, country)
    if (parsed?.isValid() && isWanted(parsed.getType())) return parsed.number
  }
  return null
}

function isDate(match: string): boolean {
  return /^(?:\d{1,2}([./ -])\d{1,2}\1(?:19|20)\d{2}|(?:19|20)\d{2}([./ -])\d{1,2}\2\d{1,2})(?!\d)/.test(
    match,
  )
}

function isYears(match: string): boolean {
  return /^(?:1[5-9]|20)\d{2} ?[-/] ?(?:1[5-9]|20)\d{2}$/.test(match)
}
