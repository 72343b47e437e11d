/**
 * Words of a text that its author sees and nobody else would: what stands behind a # is left out, an item that lacks its comma or its
 * place is read as part of the one above. Pure. A note that is meant as one stands on a line of its own, or two spaces away.
 */
import { type Document, isMap, isScalar, isSeq, type Scalar } from 'yaml'
import { quoted } from './mended-line.ts'

export type LostWords = {
  readonly offset: number
  readonly message: string
  /** False where it may be as it was meant. */
  readonly isSure: boolean
  /** What the whole line is, where quotes around it give the words back. */
  readonly mended: string | null
}

/** What people and models read; other keys take one of a few words, and a note beside it loses nothing. */
const TEXTS: readonly string[] = ['title', 'summary', 'owners', 'triggers']
const LISTS: readonly string[] = ['owners', 'triggers']
const MAX_SHOWN = 60

/** All of them, in the order they stand in. */
export function lostWords(document: Document, source: string): readonly LostWords[] {
  if (!isMap(document.contents)) return []
  return document.contents.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : ''
    if (isScalar(value))
      return signFaults(value, name, source).concat(textFaults(value, name, source))
    if (!isSeq(value)) return []
    return value.items.flatMap((item) =>
      isScalar(item)
        ? signFaults(item, name, source).concat(
            textFaults(item, name, source),
            itemFaults(item, { name, isFlow: value.flow === true }, source),
          )
        : [],
    )
  })
}

/** `! now`, `&co now`: what begins so says how to read what follows, and is no part of it. */
function signFaults(scalar: Scalar, key: string, source: string): LostWords[] {
  if (scalar.tag === undefined && scalar.anchor === undefined) return []
  const isTag = scalar.tag !== undefined
  if (isTag && scalar.tag?.startsWith('tag:yaml.org')) return []
  const message = `Put the text of ${key} in quotes: ${isTag ? '!' : '&'} at its beginning says how to read what follows`
  const offset = scalar.range?.[0] ?? 0
  const line = source.slice(source.lastIndexOf('\n', offset) + 1, lineEnd(source, offset))
  const text = line.startsWith(`${key}: `) ? line.slice(key.length + 2).trim() : ''
  const mended = /^[!&]\s/.test(text) ? `${key}: ${quoted(text, true)}` : null
  return [{ offset, message, isSure: true, mended }]
}

function textFaults(scalar: Scalar, key: string, source: string): LostWords[] {
  if (scalar.type !== 'PLAIN' || !scalar.range || !TEXTS.includes(key)) return []
  const [start, end] = scalar.range
  const note = /^([ \t]+)#([^\n]*)/.exec(source.slice(end, lineEnd(source, end)))
  const text = source.slice(start, end)
  if (!note) return strayQuote(text, { key, offset: start })
  const [written = '', space = '', words = ''] = note
  const isNumber = /^\s?\d/.test(words)
  const isTag = /^[^\s#]/.test(words)
  if (space !== ' ' && !isNumber) return []
  if (words.trim() === '') return []
  const isSentence = key === 'title' || key === 'summary'
  const whole = quoted(withoutEnd(`${text}${written}`), true)
  const message = `Put this text of ${key} in quotes, for what follows # is left out as a note: ${short(whole)}; where it is a note, give it a line of its own`
  const isOneLine = isSentence && !text.includes('\n')
  const mended =
    isOneLine && (isNumber || isTag)
      ? `${key}: ${quoted(`${text}${written}`.trimEnd(), true)}`
      : null
  return [{ offset: end, message, isSure: isNumber || isTag || isSentence, mended }]
}

/** The quote that the beginning has lost. */
function strayQuote(
  text: string,
  { key, offset }: { readonly key: string; readonly offset: number },
): LostWords[] {
  if (!/^[^"]*[^"\d\s]"$/.test(text)) return []
  const message = `Put a quote before this text of ${key}, too, or none behind it: ${short(text)}`
  return [{ offset, message, isSure: false, mended: null }]
}

type ItemForm = { readonly name: string; readonly isFlow: boolean }

/** Two items that are read as one. */
function itemFaults(scalar: Scalar, { name, isFlow }: ItemForm, source: string): LostWords[] {
  if (scalar.type !== 'PLAIN' || !scalar.range || !LISTS.includes(name)) return []
  const [start, end] = scalar.range
  const text = source.slice(start, end)
  const [above = '', ...below] = text.split('\n')
  const offset = start + above.length
  if (!isFlow && below.some((line) => /^\s*[-*•·–]\s/.test(line))) {
    const message =
      'Indent this item as its neighbours are: else it is read as part of the one above'
    return [{ offset: offset + 1, message, isSure: true, mended: null }]
  }
  if (isFlow && below.length > 0) {
    const message = `Put a comma behind ${short(above.trim())}, or write on one line what belongs together: it is read as ${short(text.replace(/\s+/g, ' '))}`
    return [{ offset, message, isSure: false, mended: null }]
  }
  const other = /[;，、；]/.exec(text)?.[0]
  if (other === undefined) return []
  const message = `Put a comma between two items of ${name}, instead of ${other}: this is read as one, ${short(text)}`
  return [{ offset: start, message, isSure: false, mended: null }]
}

/** Without what closes a list or parts its items. */
function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && ',]} \t\r'.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

function short(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
