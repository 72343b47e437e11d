/** Personal data that its form gives away wherever it stands: mail, accounts, cards, American personal numbers, addresses. Pure. */
import { passesLuhn, readIban } from './checksums.ts'
import { digitsOf, type Found } from './finder.ts'
import type { RedactionKind } from './kinds.ts'

type PersonalPattern = {
  readonly kind: RedactionKind
  readonly pattern: RegExp
  /** What stands in every match: texts without it are not looked at. */
  readonly needs?: string | RegExp
  /** What is redacted of the match; null where it is none after all. */
  readonly check?: (match: string) => string | null
  /** The form in which the same value is the same. */
  readonly normal?: (value: string) => string
}

/** Addresses that every network has for itself. */
const NOBODYS =
  /^(?:0|10|127|255)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./

/** Words that stand right before an address, where no spaces set them apart: `邮箱是jane@roe.example`. */
const RUN_ON =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]{1,64}(?=[A-Za-z0-9])/u

const WRITTEN_AT = /%40|&#0?64;|&#x40;|&commat;|\\u0040| ?[[({] ?(?:at|ät|arroba|собака) ?[\])}] ?/i
const WRITTEN_DOT = / ?[[({] ?(?:dot|punkt|punto|point|точка) ?[\])}] ?/i
const WRITTEN_DOTS = new RegExp(WRITTEN_DOT, 'gi')

const PATTERNS: readonly PersonalPattern[] = [
  {
    kind: 'email',
    needs: '@',
    pattern:
      /(?:(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]|'(?=[A-Za-z])){0,63}|(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63})@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,5}(?:[A-Za-z]{2,24}(?![A-Za-z0-9])|\p{L}{2,24}(?![\p{L}\p{N}]))(?!:[\w./-]{1,200}\.git)/gu,
    check: (match) => match.replace(RUN_ON, ''),
    normal: (value) => value.toLowerCase(),
  },
  // As a URL, a page or JSON writes it, and as people do who hide it.
  {
    kind: 'email',
    needs: WRITTEN_AT,
    pattern: new RegExp(
      `(?<![A-Za-z0-9._+-])[A-Za-z0-9][A-Za-z0-9._+-]{0,63}(?:${WRITTEN_AT.source})[A-Za-z0-9-]{1,63}(?:(?:\\.|${WRITTEN_DOT.source})[A-Za-z0-9-]{1,63}){0,4}(?:\\.|${WRITTEN_DOT.source})[A-Za-z]{2,24}(?![A-Za-z0-9])`,
      'gi',
    ),
    normal: (value) => value.replace(WRITTEN_AT, '@').replace(WRITTEN_DOTS, '.').toLowerCase(),
  },
  {
    kind: 'iban',
    pattern: /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ .-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])/g,
    check: readIban,
    normal: (value) => value.replace(/[ .-]/g, '').toUpperCase(),
  },
  {
    kind: 'card',
    pattern: /(?<![\w-])(?<!\w[.,])(?<!\d )[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-]|[.,]\d)/g,
    check: (match) => (passesLuhn(digitsOf(match)) ? match : null),
    normal: digitsOf,
  },
  {
    kind: 'ssn',
    needs: '-',
    pattern: /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
    normal: digitsOf,
  },
  {
    kind: 'ip',
    pattern:
      /(?<![\w.])(?<!\b(?:v|ver|version|release|build|kernel|firmware|section|sect|chapter|clause|article|paragraph|figure|table|appendix|step|item|no|abschnitt|kapitel|chapitre|capítulo|sección|раздел|глава)\.? ?)(?<!§ ?)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)/gi,
    check: (match) => (NOBODYS.test(match) ? null : match),
  },
  {
    kind: 'ip',
    needs: ':',
    pattern:
      /(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6})(?![\w:])/gi,
    check: (match) => (/\d/.test(match) && match.length > 6 ? match : null),
    normal: (value) => value.toLowerCase(),
  },
]

export function* findPersonal(text: string): Generator<Found> {
  for (const { kind, needs, pattern, check, normal } of PATTERNS) {
    if (needs !== undefined && text.search(needs) === -1) continue
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const value = check ? check(match) : match
      if (value === null) continue
      const start = index + match.indexOf(value)
      yield { kind, start, end: start + value.length, value: normal ? normal(value) : value }
    }
  }
}
