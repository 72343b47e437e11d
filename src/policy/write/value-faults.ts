/**
 * What is wrong with the value of a key that cannot be read: a text, a list in brackets, a list with dashes. Pure.
 * What is shown to be written instead is the author's own text; where it is a guess, the line is not mended.
 */
import { indentOf } from './lines.ts'
import { quoted } from './mended-line.ts'
import { flowEnd } from './open-signs.ts'

/** The line that holds a key. */
export type Head = {
  /** As it is known, where one is near; else as written. */
  readonly key: string
  readonly isKnown: boolean
  readonly between: string
  readonly value: string
}

/** Where and how a reader of YAML stumbled, in the lines of an entry. */
export type Stumble = { readonly head: Head; readonly at: number; readonly code: string }

export type EntryFault = {
  /** The line within the entry, counted from 0. */
  readonly at: number
  readonly message: string
  /** The line as it should be; null where that is a guess. */
  readonly mended: string | null
}

const MAX_SHOWN = 80
export const ITEM = /^\s*-(?:\s|$)/
/** A # that would end the words before it. */
const MID_HASH = /[^\s,[{]\s+#/

/** A text that must stand in quotes; those that were meant to be around it are no part of it. */
export function textFault(
  lines: readonly string[],
  { head, at }: Stumble,
  keys: readonly string[],
): EntryFault {
  const { key } = head
  const other = lines[0]?.match(/\s([a-z]+):\s/)?.[1] ?? ''
  if (keys.includes(other) && other !== key) {
    return { at, message: `Begin ${other} on a line of its own`, mended: null }
  }
  const value = head.value.replace(/(["'])\s*[,;]$/, '$1')
  if (value !== head.value) {
    const message = `Take out the sign behind the quote: ${short(`${key}: ${value}`)}`
    return { at, message, mended: lines.length === 1 ? `${key}: ${value}` : null }
  }
  const isAround = /^(["']).*\1$|^[“„«].*[”“»]$/.test(value)
  const shown = `${key}: ${quoted(isAround ? value.slice(1, -1) : value, true)}`
  const isAlone = lines.slice(1).every((line) => /^\s*(?:#|$)/.test(line))
  const isEven = (value.split('"').length - 1) % 2 === 0
  const isClear = isEven && !/\s#\s|^["'{].*["'}]$/.test(value) && !value.startsWith('{')
  const message = `Put the text of ${key} in quotes: ${short(shown)}`
  return { at, message, mended: isAlone && isClear ? shown : null }
}

export function bracketFault(lines: readonly string[], { head, at }: Stumble): EntryFault {
  const { key } = head
  const text = lines.join('\n')
  const end = flowEnd(text)
  const hash = lines.findIndex((line) => MID_HASH.test(line))
  if (end.kind === 'open' && hash >= 0) return hashFault(lines[hash] ?? '', { key, at: hash })
  if (end.kind === 'open') {
    const message = `Close the bracket that ${key} begins with: put ${end.closing} at its end`
    const mended = lines.length === 1 ? `${(lines[0] ?? '').trimEnd()}${end.closing}` : null
    return { at: 0, message, mended }
  }
  if (end.kind === 'closed' && end.rest !== '') {
    const message = `Put all of ${key} within its brackets: after them stands ${short(end.rest)}`
    return { at: end.line, message, mended: null }
  }
  const line = lines[at] ?? ''
  const noted = [at - 1, at].find((one) => MID_HASH.test(lines[one] ?? ''))
  if (noted !== undefined) return hashFault(lines[noted] ?? '', { key, at: noted })
  if (/,\s*,|[[{]\s*,/.test(line)) {
    return { at, message: `Take out the comma in ${key} that has no text before it`, mended: null }
  }
  const partly = /(?:^|[[{,]\s*)("[^"]*"\s*[^\s,\]}:][^,\]}]*)/.exec(line)?.[1]
  const message =
    partly === undefined
      ? `Put in quotes whatever holds a colon, a quote or a bracket within ${key}`
      : `Put all of this in quotes: ${short(quoted(partly.trim(), true))}`
  return { at, message, mended: null }
}

function hashFault(
  line: string,
  { key, at }: { readonly key: string; readonly at: number },
): EntryFault {
  const hash = line.search(/\s#/)
  const start = Math.max(...[',', '[', '{'].map((sign) => line.lastIndexOf(sign, hash))) + 1
  const [behind = ''] = line.slice(hash).split(/[,\]}]/)
  const written = line.slice(start, hash) + behind
  const shown = short(quoted(written.trim(), true))
  const message = `Put this text of ${key} in quotes, for what follows # is left out as a note: ${shown}`
  return { at, message, mended: null }
}

export function listFault(
  lines: readonly string[],
  { head, at }: Stumble,
  first: number,
): EntryFault {
  const indent = indentOf(lines[first] ?? '')
  const tight = lines.findIndex((line, index) => index >= first && /^\s*-[^\s-]/.test(line))
  if (tight > 0) {
    const mended = (lines[tight] ?? '').replace('-', '- ')
    return { at: tight, message: 'Put a space after the - of this item', mended }
  }
  const bare = lines.findIndex(
    (line, index) => index >= first && /^\s*[^\s#-]/.test(line) && indentOf(line) <= indent,
  )
  if (bare > 0) {
    const message = `Begin this item of ${head.key} with - and a space`
    return { at: bare, message, mended: null }
  }
  const aside = lines.findIndex(
    (line, index) => index >= first && ITEM.test(line) && indentOf(line) !== indent,
  )
  if (aside > 0) {
    const mended = `${' '.repeat(indent)}${(lines[aside] ?? '').trim()}`
    return { at: aside, message: 'Indent this item as its neighbours are', mended }
  }
  const line = lines[at] ?? ''
  const text = line.replace(/^\s*-\s+/, '').trimEnd()
  const shown = `- ${quoted(text, true)}`
  const isBare = ITEM.test(line) && !/^["'[{>|]/.test(text) && !/\s#/.test(text)
  const mended = isBare ? `${' '.repeat(indentOf(line))}${shown}` : null
  return { at, message: `Put this in quotes: ${short(shown)}`, mended }
}

export function short(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
