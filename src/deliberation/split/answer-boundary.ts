/**
 * What of an answer could be reasoning still, once the call's own boundary was found: the rules stand in decision 0029. Pure,
 * linear in the text. A block at the very start is reasoning and is taken off. Behind it tags, tokens and XML are text, in
 * code, prose and quotations, but for what only a boundary can be: a tag with a nonce, a marker in disguise, a closer that
 * closes nothing, a switch to another channel, and a tag that bounded reasoning of this call, opened again.
 */
import { bearsNonce, disguisedIn } from './boundary-marker.ts'
import { codeRanges } from './code-ranges.ts'
import { markersIn, type PlacedMarker } from './marker-scanner.ts'

const BLANK = /^[\s\p{Default_Ignorable_Code_Point}\p{Cf}]*/u

export type Led = {
  readonly blocks: readonly { readonly name: string; readonly text: string }[]
  readonly answer: string
}

/** The answer without the blocks of reasoning that it begins with; null where one is not closed. */
export function takeLeadingBlocks(text: string): Led | null {
  const blocks: { name: string; text: string }[] = []
  let from = 0
  for (;;) {
    const opener = markersIn(text, from).next().value
    if (!opener || !isBlockOpener(opener) || !isBlank(text.slice(from, opener.at))) break
    const inside = opener.at + opener.raw.length
    const closer = closerOf(text, opener)
    if (!closer) return null
    blocks.push({ name: opener.name, text: text.slice(inside, closer.at) })
    from = closer.at + closer.raw.length
  }
  const answer = from === 0 ? text : text.slice(from).replace(/^[\r\n]+/, '')
  return { blocks, answer }
}

function isBlockOpener({ family, closes }: PlacedMarker): boolean {
  return !closes && (family === 'think' || family === 'deliberation')
}

function isBlank(text: string): boolean {
  return BLANK.exec(text)?.[0] === text
}

/** Blocks may be nested; a tag that is only spoken of closes none. */
function closerOf(text: string, { at, raw, name }: PlacedMarker): PlacedMarker | null {
  let depth = 1
  for (const marker of markersIn(text, at + raw.length)) {
    if (marker.name !== name || marker.spoken) continue
    depth += marker.closes ? -1 : 1
    if (depth === 0) return marker
  }
  return null
}

/** What is a boundary in any text whatever: a tag with a nonce, a marker in disguise. As written, or bare. */
export function forgedIn(text: string): readonly string[] {
  const ours = [...markersIn(text)].filter(
    ({ family, raw }) => family === 'deliberation' && bearsNonce(raw),
  )
  return [...disguisedIn(text), ...ours.map(({ raw }) => raw)]
}

/**
 * Every boundary left in the answer, as written: none may be released.
 * @param own The names of the tags, within this very text, that bounded the call's reasoning, in lower case.
 */
export function boundariesIn(answer: string, own?: ReadonlySet<string>): readonly string[] {
  const found = [...forgedIn(answer)]
  const markers = [...markersIn(answer)]
  if (markers.length === 0) return found
  const isCode = codeRanges(answer)
  const openers = new Openers(answer)
  let isTranscript = false
  for (const [index, marker] of markers.entries()) {
    const { family, raw, at, closes, spoken } = marker
    const inCode = isCode(at)
    const isFirst = index === 0 && isBlank(answer.slice(0, at))
    if (isFirst && !closes && family !== 'disguised') found.push(raw)
    else if (family === 'harmony') {
      isTranscript ||= isOtherTurn(answer, marker)
      const isText = inCode || spoken || isTranscript
      if (!isText && isSwitch(answer, marker, markers[index + 1])) found.push(raw)
    } else if (family === 'think' && closes) {
      const isText = spoken || (inCode && goesOn(answer, marker))
      if (!openers.closedBy(marker, inCode) && !isText) found.push(raw)
    } else if (family === 'think') {
      const reopens = own?.has(marker.name.toLowerCase())
      if (reopens && !inCode && !spoken) found.push(raw)
      openers.add(marker, inCode)
    }
  }
  return found
}

/** Signs of code that no answer begins with. */
const CODE_GOES_ON = /['"`)\]}/\\|$,;]/

/**
 * Whether a closer in code is surely code: otherwise it may close a thought, for who knows whether the fence before it was opened
 * there.
 */
export function goesOn(text: string, { at, raw }: PlacedMarker): boolean {
  return CODE_GOES_ON.test(text.charAt(at + raw.length))
}

/** Which blocks an answer has opened itself, so that their closers close no reasoning. */
class Openers {
  readonly #answer: string
  readonly #open = new Map<string, number>()
  /** Where the last opener of a name ends: on one line with its closer, both are spoken of. */
  readonly #last = new Map<string, number>()

  constructor(answer: string) {
    this.#answer = answer
  }

  add({ name, at, raw, spoken }: PlacedMarker, inCode: boolean): void {
    const key = name.toLowerCase()
    this.#last.set(key, at + raw.length)
    if (!spoken && beginsLine(this.#answer, at)) this.#count(key, inCode, 1)
  }

  closedBy({ name, at, spoken }: PlacedMarker, inCode: boolean): boolean {
    const key = name.toLowerCase()
    const last = this.#last.get(key)
    this.#last.delete(key)
    const isOpen = this.#count(key, inCode, 0) > 0
    if (isOpen && !spoken) this.#count(key, inCode, -1)
    return isOpen || (last !== undefined && !this.#answer.slice(last, at).includes('\n'))
  }

  /** Code closes no block of the text around it, nor the other way. */
  #count(name: string, inCode: boolean, step: number): number {
    const key = `${inCode ? 'code' : 'text'} ${name}`
    const count = (this.#open.get(key) ?? 0) + step
    this.#open.set(key, count)
    return count
  }
}

const LINE_BEGINNING = /(?:^|\n)[\s>*\d.-]{0,12}$/

/** A block that an answer shows begins on a line of its own, with a bullet before it at most. */
function beginsLine(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 13), at)
  return LINE_BEGINNING.test(before.length === at ? before : `x${before}`)
}

const OTHER_TURN = /^(?:user|system|developer)\b/
const CHANNEL = /^\s*(?:analysis|commentary|final)\b/
/** Longer than any header that names a recipient. */
const MAX_HEADER_LENGTH = 160

/** A turn that no call can write: what holds one is an example of the format. */
function isOtherTurn(answer: string, { name, at, raw }: PlacedMarker): boolean {
  const end = at + raw.length
  return name === 'start' && OTHER_TURN.test(answer.slice(end, end + 12))
}

/** The beginning of another message of this turn: a channel is named, or the assistant, and its text begins. */
function isSwitch(
  answer: string,
  { name, at, raw }: PlacedMarker,
  next: PlacedMarker | undefined,
): boolean {
  if (next?.family !== 'harmony') return false
  const header = answer.slice(at + raw.length, next.at)
  if (header.length > MAX_HEADER_LENGTH) return false
  if (name === 'channel') return CHANNEL.test(header)
  return name === 'start' && header.trim() === 'assistant'
}
