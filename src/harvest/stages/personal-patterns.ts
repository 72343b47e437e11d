/**
 * What personal data and secrets look like in text, with the checks that keep ordinary numbers out. Pure.
 * Conservative on purpose: a number that only could be a telephone's is left alone.
 */
import { passesIban, passesLuhn } from './checksums.ts'

export const REDACTION_KINDS = [
  'private_key',
  'api_key',
  'email',
  'iban',
  'card',
  'ssn',
  'ip',
  'phone',
] as const

export type RedactionKind = (typeof REDACTION_KINDS)[number]

export type PersonalPattern = {
  readonly kind: RedactionKind
  readonly pattern: RegExp
  /** What stands in every match: texts without it are not looked at. */
  readonly needs?: string
  /** What is redacted of the match; null where it is none after all. */
  readonly check?: (match: string) => string | null
  /** The form in which the same value is the same. */
  readonly normal?: (value: string) => string
}

/** Addresses that every network has for itself. */
const NOBODYS =
  /^(?:0|10|127|255)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./

const digitsOf = (text: string) => text.replace(/\D/g, '')

/** In this order: what an earlier pattern took, a later one does not see. */
export const PERSONAL_PATTERNS: readonly PersonalPattern[] = [
  {
    kind: 'private_key',
    needs: '-----BEGIN',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){0,20000}(?:-----END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  // Keys and tokens of known forms.
  {
    kind: 'api_key',
    pattern:
      /(?<![A-Za-z0-9_-])(?:sk-(?:proj-|ant-|or-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200}|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,128}|whsec_[A-Za-z0-9+/=]{20,80}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255}|glpat-[A-Za-z0-9_-]{20,64}|xox[abeoprs]-[A-Za-z0-9-]{10,200}|xapp-[A-Za-z0-9-]{20,200}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,400}|hf_[A-Za-z0-9]{30,60}|gsk_[A-Za-z0-9]{30,80}|xai-[A-Za-z0-9]{40,120}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,250}|dop_v1_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}|AC[a-f0-9]{32}|SK[a-f0-9]{32}|key-[a-f0-9]{32}|(?:lin_api|sbp|nvapi|r8|figd|dckr_pat)[_-][A-Za-z0-9_-]{30,120}|eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}|\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9])/g,
    check: secretOrNull,
  },
  {
    kind: 'api_key',
    needs: 'earer',
    pattern: /(?<=\b[Bb]earer\s{1,3})[A-Za-z0-9._~+/=-]{20,2000}/g,
    check: secretOrNull,
  },
  // A password in a URL.
  {
    kind: 'api_key',
    needs: '://',
    pattern: /(?<=[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:)[^\s:@/]{3,200}(?=@)/gi,
  },
  // What is named a secret where it stands.
  {
    kind: 'api_key',
    pattern:
      /(?<=(?:api[_-]?key|apikey|secret(?:[_-]?(?:access))?[_-]?key|client[_-]?secret|access[_-]?token|auth[_-]?token|refresh[_-]?token|password|passwd)["']?\s{0,3}[:=]\s{0,3}["']?)[A-Za-z0-9_\-+/=.!@#$%^&*]{16,200}/gi,
    check: secretOrNull,
  },
  {
    kind: 'email',
    needs: '@',
    pattern:
      /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,5}\p{L}{2,24}(?![\p{L}\p{N}]|:[\w./-]+\.git)/gu,
    normal: (value) => value.toLowerCase(),
  },
  {
    kind: 'iban',
    pattern: /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])/g,
    check: passesIban,
    normal: (value) => value.replace(/[ -]/g, '').toUpperCase(),
  },
  {
    kind: 'card',
    pattern: /(?<![\w.,-])(?<!\d )[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-]|[.,]\d)/g,
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
  {
    kind: 'phone',
    needs: '+',
    // Between the groups stand spaces, hyphens and dashes, those that typographers take for it as well.
    pattern:
      /(?<![\w+/=.-])\+[1-9]\d{0,2}[ .\-\u00a0\u2007\u2009\u202f\u2010-\u2013]?(?:\(0?\d{1,5}\)[ .\-\u00a0\u2007\u2009\u202f\u2010-\u2013]?)?\d{1,5}(?:[ .\-\u00a0\u2007\u2009\u202f\u2010-\u2013]?\d{2,5}){1,5}(?![\w-])/g,
    check: (match) => (isPhoneLength(digitsOf(match)) ? match : null),
    normal: digitsOf,
  },
  // North America's own form.
  {
    kind: 'phone',
    pattern:
      /(?<![\w+.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])\d{3}[.-]\d{4}(?![\w-]|\.\d)/g,
    normal: (value) => `1${digitsOf(value).slice(-10)}`,
  },
]

const MIN_PHONE_DIGITS = 9
const MAX_PHONE_DIGITS = 15

function isPhoneLength(digits: string): boolean {
  return digits.length >= MIN_PHONE_DIGITS && digits.length <= MAX_PHONE_DIGITS
}

/** Letters and digits mixed: what is named a secret in an example is mostly a word. */
function secretOrNull(match: string): string | null {
  return /\d/.test(match) && /[A-Za-z]/.test(match) ? match : null
}
