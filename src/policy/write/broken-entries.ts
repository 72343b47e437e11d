/**
 * Which lines keep settings or a head from being read, and what to write there instead. Pure. What is written is a key with its value
 * on a line at the margin, and below it what belongs to it: each such entry is tried alone, so that a slip is told once and where it is.
 */
import { isMap, parseDocument } from 'yaml'
import * as z from 'zod'
import { nearest } from '../../lib/nearest.ts'
import { indentOf } from './lines.ts'
import { beginsWithSign, mendedLine, plainValue, quoted } from './mended-line.ts'
import { openQuote } from './open-signs.ts'
import { keysOf, plainSchema, readingOf, schemaAt } from './readings.ts'
import {
  bracketFault,
  type EntryFault,
  type Head,
  ITEM,
  listFault,
  type Stumble,
  short,
  textFault,
} from './value-faults.ts'

/** Counted from 0, in the text. */
export type BrokenLine = Omit<EntryFault, 'at'> & { readonly line: number }

type Entry = { readonly first: number; readonly lines: readonly string[] }
const MAX_LINE = 2_000
const HEAD = /^\s*["'“]?([\p{L}_][\p{L}\p{N}_-]{0,40})["'”]?(\s*[:：=]\s*|\s+|$)(\S.*)?$/u
/** A key behind the sign of an item, or in bold. */
const MARKED = /^(?:[-*+•]\s+|[*_`]{1,3})[*_`]{0,3}([\w-]{1,40}?)[*_`]{0,3}:[*_`]{0,3}\s+(.*)$/u

/** None where what is wrong is in no entry alone. */
export function brokenEntries(text: string, schema: z.core.$ZodType): readonly BrokenLine[] {
  return entriesOf(text.split('\n'), keysOf(schema)).flatMap((entry) => {
    const found = diagnose(entry.lines, schema)
    return found
      ? [{ line: entry.first + found.at, message: found.message, mended: found.mended }]
      : []
  })
}

function entriesOf(lines: readonly string[], keys: readonly string[]): readonly Entry[] {
  const written = new Set(lines.map((line) => /^["']?([\w-]+)["']?:(?:\s|$)/.exec(line)?.[1]))
  const entries: { readonly first: number; readonly lines: string[] }[] = []
  for (const [at, line] of lines.entries()) {
    const last = entries.at(-1)
    if (/^---\s*$/.test(line)) continue
    if (!last || begins(line, { keys, written })) entries.push({ first: at, lines: [line] })
    else last.lines.push(line)
  }
  return entries.filter(({ lines: own }) => own.some((line) => /^\s*[^\s#]/.test(line)))
}

/** A word that is no known key may open a line of text that goes on at the margin. */
function begins(
  line: string,
  {
    keys,
    written,
  }: { readonly keys: readonly string[]; readonly written: ReadonlySet<string | undefined> },
): boolean {
  if (keys.includes(MARKED.exec(line)?.[1] ?? '')) return true
  if (!/^["'“]?[\p{L}_]/u.test(line)) return false
  const { key, between } = headOf(line, keys)
  if (/[:：=]/.test(between)) return true
  return /^[\w-]+/.exec(line)?.[0] === key && keys.includes(key) && !written.has(key)
}

function headOf(line: string, keys: readonly string[]): Head {
  const [, written = '', between = '', value = ''] = HEAD.exec(line) ?? []
  const meant = keys.includes(written) ? written : nearest(written, keys)
  return { key: meant ?? written, isKnown: meant !== null, between, value: value.trimEnd() }
}

function errorOf(lines: readonly string[]): { readonly at: number; readonly code: string } | null {
  const text = lines.join('\n')
  const options = { prettyErrors: false, uniqueKeys: false }
  const { errors, warnings, contents } = parseDocument(text, options)
  const [error] = [...errors, ...warnings]
  if (!error) return contents === null || isMap(contents) ? null : { at: 0, code: '' }
  return { at: text.slice(0, error.pos[0]).split('\n').length - 1, code: error.code }
}

/** What is wrong with an entry; null where nothing is. */
function diagnose(lines: readonly string[], schema: z.core.$ZodType): EntryFault | null {
  const [line = ''] = lines
  const error = errorOf(lines)
  if (!error && /^\S/.test(line)) return null
  const tab = lines.findIndex((one) => /^ *\t\s*\S/.test(one))
  if (tab >= 0) {
    return { at: tab, message: 'Indent this line with spaces instead of tabs', mended: null }
  }
  const head = headOf(line, keysOf(schema))
  const [, marked = '', value = ''] = MARKED.exec(line) ?? []
  if (marked !== '') {
    const told = `${marked}: ${value}`
    return {
      at: 0,
      message: `Write this line as ${short(told)}, with no sign before it`,
      mended: told,
    }
  }
  return (
    indentedKey(lines, schema) ??
    separator(line, head, schema) ??
    valueFault(lines, { head, at: error?.at ?? 0, code: error?.code ?? '' }, schema)
  )
}

/** A known key that does not stand at the margin. */
function indentedKey(lines: readonly string[], schema: z.core.$ZodType): EntryFault | null {
  const keys = keysOf(schema)
  const [first = ''] = lines
  const isGroup = /^[^\s:]+:\s*(?:#.*)?$/.test(first)
  const at = lines.findIndex((line, index) => {
    const [, key = ''] = /^\s+([\w-]+):(?:\s|$)/.exec(line) ?? []
    return keys.includes(key) && (index === 0 || !isGroup)
  })
  const line = lines[at]
  if (line === undefined) return null
  const message = `Begin ${headOf(line, keys).key} at the margin, without spaces before it`
  return { at, message, mended: line.trimStart() }
}

/** What stands between a key and its value in the place of a colon and a space. */
function separator(line: string, head: Head, schema: z.core.$ZodType): EntryFault | null {
  const { key, between, value, isKnown } = head
  if (between === ': ' || (between.trimEnd() === ':' && value === '')) return null
  const isOther = /[：=]|^\s*:\s*[^\S \t]/.test(between) || (between === ':' && value !== '')
  if (!isOther && !(isKnown && between.trim() === '')) return null
  if (!isKnown) {
    const message = `Put a colon and a space after each key, as in "${key}: …"`
    return { at: 0, message, mended: mendedLine(line) }
  }
  const told = valueAs({ key, value }, schema)
  const message = `Put a colon and a space after ${key}, as in ${short(`${key}: ${told}`)}`
  return { at: 0, message, mended: isOther && line.length <= MAX_LINE ? `${key}: ${told}` : null }
}

function valueFault(
  lines: readonly string[],
  { head, at, code }: Stumble,
  schema: z.core.$ZodType,
): EntryFault {
  const { key, value } = head
  const quote = openQuote(lines.join('\n'))
  if (quote) {
    const message = `Close the quote that opens here: ${short(quote.excerpt)}`
    return { at: quote.line, message, mended: null }
  }
  if (value === '' || value.startsWith('#')) return belowFault(lines, { head, at, code }, schema)
  if (/^[[{]/.test(value) && isList(key, schema)) return bracketFault(lines, { head, at, code })
  if (at > 0 && !/^["'[{>|]/.test(value) && errorOf(lines.slice(0, 1)) === null) {
    const message = `Indent this line by two spaces where it goes on with ${key}, or begin it with a key and a colon`
    return { at, message, mended: null }
  }
  if (/^[>|]\s*[^\s\d+-]/.test(value)) {
    const sign = value.charAt(0)
    const message = `Leave out the ${sign} before the text of ${key}, or begin the text on the next line, indented`
    return { at: 0, message, mended: null }
  }
  return textFault(lines, { head, at, code }, keysOf(schema))
}

function isList(key: string, schema: z.core.$ZodType): boolean {
  const field = schemaAt(schema, [key])
  return field !== null && !(plainSchema(field) instanceof z.ZodString)
}

/** What stands below a key: a list with dashes, or a group with keys of its own. */
function belowFault(
  lines: readonly string[],
  { head, at, code }: Stumble,
  schema: z.core.$ZodType,
): EntryFault {
  const { key } = head
  const group = schemaAt(schema, [key])
  const items = lines.findIndex((line, index) => index > 0 && ITEM.test(line))
  const line = lines[at] ?? ''
  if (items > 0 || !group || keysOf(group).length === 0) {
    return listFault(lines, { head, at, code }, Math.max(items, 1))
  }
  const inner = lines.findIndex((one, index) => index > 0 && one.trim() !== '')
  const indent = indentOf(lines[inner] ?? '')
  if (code === 'BAD_INDENT' || indentOf(line) !== indent) {
    const keyThere = headOf(line, keysOf(group)).key
    const message = `Begin ${keyThere} at the same column as the other keys of ${key}`
    return { at, message, mended: keyThere === '' ? null : `${' '.repeat(indent)}${line.trim()}` }
  }
  const found = diagnose([line.trim()], group)
  if (found) {
    const mended = found.mended === null ? null : `${' '.repeat(indent)}${found.mended}`
    return { at, message: found.message, mended }
  }
  const message = `Put a colon and a space after each key of ${key}, and its value on the same line`
  return { at, message, mended: null }
}

/** A value as its key takes it, where it can be told. */
function valueAs(
  { key, value: written }: { readonly key: string; readonly value: string },
  schema: z.core.$ZodType,
): string {
  const value = written.replace(/^[-–—=>]+\s+/, '')
  const field = schemaAt(schema, [key])
  if (/^["'[{]/.test(value) || beginsWithSign(value) || field === null) return value
  if (z.safeParse(field, value).success) return quoted(value)
  const reading = readingOf({ value, key }, field)
  return reading?.isSure ? plainValue(reading.value) : value
}
