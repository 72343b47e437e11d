/**
 * A line of YAML as it should be, where a person has written it so that what they mean is clear to people and not to YAML. Pure.
 * What is not a key with its value on one line is left alone.
 */

const MAX_CHARACTERS = 2_000
/** A key, what stands between it and its value, and the value. */
const LINE = /^(\s*(?:- )?)([a-zA-Z][\w-]*)(\s*[:=]\s*)(\S.*)$/
/** What begins with one of these means something else than its text. */
const SIGN = /^(?:[@`%&*!|>#?]|- )/

/** With `set`, the line of this key with that value; without, its text in quotes. Null where neither can be told. */
export function mendedLine(
  line: string,
  set: { readonly key: string; readonly value: string } | null = null,
): string | null {
  if (line.length > MAX_CHARACTERS) return null
  const [, indent = '', key = '', between = '', rest = ''] = LINE.exec(line) ?? []
  const value = rest.trimEnd()
  if (key === '' || indent !== '') return null
  if (set) return key !== set.key || / #/.test(value) ? null : `${key}: ${set.value}`
  // Quotes and brackets that were begun may end on another line.
  if (/^["'[{]/.test(value)) return null
  if (between !== ': ' && between.trim() !== '') {
    if (between.trim() === '=' || !/\s/.test(between)) return `${key}: ${quoted(value)}`
  }
  return quoted(value) === value ? null : `${key}: ${quoted(value)}`
}

/** As YAML takes it on one line; of texts and lists of texts, the plainest form. */
export function plainValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => itemOf(one)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, one]) => `${key}: ${itemOf(one)}`)
    return `{ ${pairs.join(', ')} }`
  }
  return typeof value === 'string' ? quoted(value) : String(value)
}

function itemOf(value: unknown): string {
  if (typeof value !== 'string') return String(value)
  return /[,[\]{}]/.test(value) ? JSON.stringify(value) : quoted(value)
}

/** True for what means something else than its text. */
export function beginsWithSign(text: string): boolean {
  return SIGN.test(text)
}

/** In quotes where plain text would be read as something else, or where it is to be in any case. */
export function quoted(text: string, always = false): string {
  const isOther =
    always ||
    SIGN.test(text) ||
    /: | #|:$/.test(text) ||
    /^(?:true|false|null|~|[-+.\d][\d.eE+-]*)$/i.test(text) ||
    text === ''
  if (!isOther) return text
  return text.includes('"') && !/['\\]/.test(text) ? `'${text}'` : JSON.stringify(text)
}
