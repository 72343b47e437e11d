/**
 * Cuts a text into plain runs and boundary markers, and sees which of these are only spoken of. No I/O.
 * Time is linear in the text: what is looked at around a marker has a bound.
 */
import { MARKER_START, type Marker, readMarker } from './boundary-marker.ts'

/** A marker as it stands; it is spoken of where it is quoted, or where a sentence goes on around it. */
export type PlacedMarker = Marker & {
  readonly at: number
  readonly quoted: boolean
  readonly spoken: boolean
}

/** What takes the pieces, in order. */
export interface Stage {
  text(text: string): void
  marker(marker: PlacedMarker): void
  end(): void
}

export function feedStages(text: string, stage: Stage): void {
  let from = 0
  for (const marker of markersIn(text)) {
    if (marker.at > from) stage.text(text.slice(from, marker.at))
    stage.marker(marker)
    from = marker.at + marker.raw.length
  }
  if (from < text.length) stage.text(text.slice(from))
  stage.end()
}

/** Every marker of the text, in order. */
export function* markersIn(text: string, from = 0): Generator<PlacedMarker> {
  const starts = new RegExp(MARKER_START, 'g')
  starts.lastIndex = from
  for (let found = starts.exec(text); found; found = starts.exec(text)) {
    const { index: at } = found
    const marker = readMarker(text, at)
    if (marker === null) continue
    const end = at + marker.raw.length
    const quoted = isQuoted(text, at, end)
    yield { ...marker, at, quoted, spoken: quoted || isMentioned(text, at, end) }
    starts.lastIndex = end
  }
}

const QUOTES: readonly (readonly [opening: string, closing: string])[] = [
  ['`', '`'],
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
  ['„', '“'],
  ['「', '」'],
  ['『', '』'],
]
/** A quotation of a marker ends on its line, and soon. */
const MAX_QUOTATION = 120
const APOSTROPHE = /(?<=\p{L})['’](?=\p{L})/gu

/** True between quotation marks, and within a quotation that begins or ends right at the marker. */
function isQuoted(text: string, at: number, end: number): boolean {
  const [previous, next] = [text.charAt(at - 1), text.charAt(end)]
  return QUOTES.some(([opening, closing]) => {
    if (previous === opening && next === closing) return true
    if (previous !== opening && next !== closing) return false
    const after = text.slice(end, end + MAX_QUOTATION).split('\n')[0] ?? ''
    const before =
      text
        .slice(Math.max(0, at - MAX_QUOTATION), at)
        .split('\n')
        .at(-1) ?? ''
    return after.includes(closing) && leavesOpen(before.replace(APOSTROPHE, ''), opening, closing)
  })
}

function leavesOpen(text: string, opening: string, closing: string): boolean {
  if (opening === closing) return text.split(opening).length % 2 === 0
  return text.lastIndexOf(opening) > text.lastIndexOf(closing)
}

const BEFORE_MENTION = /(?:[^\s.!?。！？] |\()$/u
const AFTER_MENTION = /^(?:[,;:.!?)，。、；：！？）]| [\p{Ll}\p{Lo}(])/u

/** True in the middle of a sentence, where no template writes a marker and whoever talks about one does. */
function isMentioned(text: string, at: number, end: number): boolean {
  return (
    BEFORE_MENTION.test(text.slice(Math.max(0, at - 2), at)) &&
    AFTER_MENTION.test(text.slice(end, end + 3))
  )
}
