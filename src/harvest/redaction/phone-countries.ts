/** Where a text may be from: the countries whose numbering plans are tried, by its language. Data, and one look-up. Pure. */
import type { CountryCode } from 'libphonenumber-js/max'
import { detectLanguage } from '../../text/language.ts'

type Countries = readonly CountryCode[]

const read = (codes: string) => codes.split(' ') as Countries

/** The commonest first: of two that take a number, the first names it. */
const BY_LANGUAGE: Readonly<Record<string, Countries>> = {
  ar: read('EG SA AE MA DZ IQ JO SY YE'),
  bg: read('BG'),
  bn: read('BD IN'),
  cs: read('CZ SK'),
  da: read('DK'),
  de: read('DE AT CH'),
  el: read('GR CY'),
  en: read('GB US AU NZ IE ZA IN'),
  es: read('ES MX AR CO CL PE'),
  fa: read('IR'),
  fi: read('FI'),
  fr: read('FR BE CH CA'),
  he: read('IL'),
  hi: read('IN'),
  hu: read('HU'),
  id: read('ID MY'),
  it: read('IT CH'),
  ja: read('JP'),
  ko: read('KR'),
  mr: read('IN'),
  ne: read('NP IN'),
  nl: read('NL BE'),
  no: read('NO'),
  pl: read('PL'),
  pt: read('BR PT'),
  ro: read('RO MD'),
  ru: read('RU KZ BY'),
  sv: read('SE FI'),
  ta: read('IN LK'),
  te: read('IN'),
  th: read('TH'),
  tr: read('TR'),
  uk: read('UA'),
  ur: read('PK IN'),
  vi: read('VN'),
  zh: read('CN TW HK'),
}

/** Where the language is not told: trunk codes and groups of these are like no other number. */
const UNKNOWN = read('FR GB DE IT NL AU JP CH')

const MAX_ALONE = 100

/** What is tried besides, where a word says that it is a telephone's. */
const MANY = read(
  'US GB DE FR IT ES CN IN BR MX JP KR RU TR PL NL BE CH AT SE NO DK FI PT IE GR CZ HU RO UA AU NZ ZA EG SA AE IL IR PK BD ID MY SG HK TW TH VN PH NG KE AR CL CO PE',
)

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\u3040-\u30ff]/, 'ja'],
  [/[\uac00-\ud7af]/, 'ko'],
  [/[\u4e00-\u9fff]/, 'zh'],
  [/[\u0900-\u097f]/, 'hi'],
  [/[\u0600-\u06ff]/, 'ar'],
  [/[\u0590-\u05ff]/, 'he'],
  [/[\u0e00-\u0e7f]/, 'th'],
  [/[\u0980-\u09ff]/, 'bn'],
  [/[\u0370-\u03ff]/, 'el'],
  [/[\u0400-\u04ff]/, 'ru'],
]

export type PhoneCountries = {
  /** Of the language of the text. */
  readonly near: Countries
  /** All that are tried for a number that a word gives away. */
  readonly all: Countries
}

/** `beside`: what stands around a number, whose script may be another than the text's. */
export function countriesOf(text: string): (beside: string) => PhoneCountries {
  let whole: Countries | null = null
  // A number alone, as people send it when they are asked for it.
  const isAlone = text.length <= MAX_ALONE && !/\p{L}/u.test(text)
  const unknown = !isAlone ? UNKNOWN : [...read('CN'), ...UNKNOWN, ...MANY]
  const known = new Map<string, PhoneCountries>()
  return (beside) => {
    const script = SCRIPTS.find(([pattern]) => pattern.test(beside))?.[1] ?? ''
    const found = known.get(script)
    if (found) return found
    whole ??= BY_LANGUAGE[detectLanguage(text)] ?? []
    const told = [...new Set([...(BY_LANGUAGE[script] ?? []), ...whole])]
    const near = told.length > 0 ? told : unknown
    const made = { near, all: [...new Set([...near, ...MANY])] }
    known.set(script, made)
    return made
  }
}
