/**
 * Cuts a stream of text into plain runs and boundary markers, the same ones wherever the stream was cut. No I/O.
 * Holds back at most MAX_MARKER_LENGTH characters and one; time is linear in the text.
 */
import { MARKER_START, type Marker, readMarker } from './boundary-marker.ts'

/** A marker as it stood: `quoted` when the same quotation mark or back-tick touches it on both sides. */
export type PlacedMarker = Marker & { readonly quoted: boolean }

/** What takes the pieces, in order. */
export interface Stage {
  text(text: string): void
  marker(marker: PlacedMarker): void
  end(): void
}

const QUOTES: ReadonlyMap<string, string> = new Map([
  ['`', '`'],
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
])

export class MarkerScanner {
  readonly #stage: Stage
  readonly #starts = new RegExp(MARKER_START, 'g')
  #held = ''
  #previous = ''

  constructor(stage: Stage) {
    this.#stage = stage
  }

  push(text: string): void {
    this.#held = this.#scan(this.#held + text, false)
  }

  end(): void {
    this.#scan(this.#held, true)
    this.#held = ''
    this.#stage.end()
  }

  #scan(text: string, atEnd: boolean): string {
    let from = 0
    let at = this.#nextStart(text, 0)
    while (at !== -1) {
      const found = readMarker({ text, at, atEnd })
      // The character after a marker decides whether it is quoted, so a marker at the very end waits for it.
      if (found === 'more' || (found && !atEnd && at + found.raw.length === text.length)) {
        this.#emit(text.slice(from, at))
        return text.slice(at)
      }
      if (found === null) {
        at = this.#nextStart(text, at + 1)
        continue
      }
      this.#emit(text.slice(from, at))
      from = at + found.raw.length
      const quoted = QUOTES.get(this.#previous) === text.charAt(from) && from < text.length
      this.#previous = ''
      this.#stage.marker({ ...found, quoted })
      at = this.#nextStart(text, from)
    }
    this.#emit(text.slice(from))
    return ''
  }

  #nextStart(text: string, from: number): number {
    this.#starts.lastIndex = from
    return this.#starts.exec(text)?.index ?? -1
  }

  #emit(text: string): void {
    if (text === '') return
    this.#previous = text.charAt(text.length - 1)
    this.#stage.text(text)
  }
}
