/**
 * Replaces personal data and secrets by placeholders, `[EMAIL_1]`: within one redactor the same value gets the same one. Pure but
 * for what it has seen. One redactor serves one example; the values it has seen never leave it.
 */
import { PERSONAL_PATTERNS, type PersonalPattern, type RedactionKind } from './personal-patterns.ts'

export type Redactor = {
  /** Text of a person: redacted, and where it is JSON, still JSON of the same structure. */
  text(text: string): string
  /** How many different values were replaced, by kind. */
  counts(): Readonly<Record<string, number>>
}

/** Every value has a digit in it, an at sign, or a fence. */
const CANDIDATE = /[0-9@]|-----BEGIN/

const PLACEHOLDER = /\[[A-Z_]{2,20}_(\d{1,6})\]/g

/** `existing`: the texts to come; a placeholder that stands in them already is not given again. */
export function createRedactor(existing: Iterable<string>): Redactor {
  const names = new Map<string, string>()
  const counts: Record<string, number> = {}
  const last: Partial<Record<RedactionKind, number>> = {}
  let taken: ReadonlySet<string> | null = null

  const nameOf = (kind: RedactionKind, value: string): string => {
    const key = `${kind} ${value}`
    const known = names.get(key)
    if (known !== undefined) return known
    taken ??= new Set([...existing].flatMap((text) => text.match(PLACEHOLDER) ?? []))
    let name: string
    do {
      const number = (last[kind] ?? 0) + 1
      last[kind] = number
      name = `[${kind.toUpperCase()}_${number}]`
    } while (taken.has(name))
    names.set(key, name)
    counts[kind] = (counts[kind] ?? 0) + 1
    return name
  }

  const replace = (text: string, one: PersonalPattern): string => {
    const { kind, needs, pattern, check, normal } = one
    if (needs !== undefined && !text.includes(needs)) return text
    return text.replace(pattern, (match: string) => {
      const value = check ? check(match) : match
      if (value === null) return match
      return nameOf(kind, normal ? normal(value) : value) + match.slice(value.length)
    })
  }

  const plain = (text: string): string =>
    CANDIDATE.test(text) ? PERSONAL_PATTERNS.reduce(replace, text) : text

  // A transcript holds the same texts several times.
  const known = new Map<string, string>()
  const redact = (text: string): string => {
    const redacted = isJsonDocument(text) ? redactJson(text, plain) : plain(text)
    known.set(text, redacted)
    return redacted
  }

  return {
    text: (text) => known.get(text) ?? redact(text),
    counts: () => counts,
  }
}

function isJsonDocument(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\(?:.|$))*(?:"|$)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs

/** Strings are redacted as they read, numbers become strings where they must go; every other character stays. */
function redactJson(text: string, plain: (text: string) => string): string {
  return text.replace(STRING_OR_NUMBER, (token) => {
    const value = token.startsWith('"') ? String(JSON.parse(token)) : token
    const redacted = plain(value)
    return redacted === value ? token : JSON.stringify(redacted)
  })
}
