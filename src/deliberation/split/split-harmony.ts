/**
 * The stage of the harmony form (gpt-oss), where a server passed the channel tokens through as text. No I/O.
 * `final` is the answer. `analysis` is reasoning, and so is `commentary`: it may hold plans. A message must end with its own
 * token before the next begins; a header that is not understood releases nothing.
 */
import type { PlacedMarker, Stage } from './marker-scanner.ts'
import type { SplitLedger } from './split-ledger.ts'

const MAX_HEADER_LENGTH = 160
const HEADER =
  /^\s*(?:assistant\s*)?(?:to=\S+\s*)?<channel>\s*(analysis|commentary|final)(?:\s+to=\S+)?(?:\s+(?:json|code))?\s*$/
const ENDS = new Set(['end', 'return', 'call'])

export class HarmonyStage implements Stage {
  readonly #ledger: SplitLedger
  readonly #next: Stage
  readonly #hasToolCalls: boolean
  #phase: 'between' | 'header' | 'hidden' | 'final' = 'between'
  #header = ''
  #answered = false

  constructor(options: {
    readonly ledger: SplitLedger
    readonly next: Stage
    readonly hasToolCalls: boolean
  }) {
    this.#ledger = options.ledger
    this.#next = options.next
    this.#hasToolCalls = options.hasToolCalls
  }

  text(text: string): void {
    if (this.#phase === 'hidden') this.#ledger.hide(text)
    else if (this.#phase === 'final') this.#next.text(text)
    else if (this.#phase === 'header') this.#extend(text)
    else if (text.trim() !== '') this.#ledger.fail('odd_boundary')
  }

  marker(marker: PlacedMarker): void {
    if (marker.family !== 'harmony') this.#foreign(marker)
    else if (ENDS.has(marker.name)) this.#close()
    else if (marker.name === 'message') this.#open()
    else if (marker.name === 'constrain' && this.#phase === 'header') this.#extend(' ')
    else if (marker.name === 'channel' && this.#phase === 'header') this.#extend('<channel>')
    else if (this.#phase === 'between' && !this.#answered) {
      this.#phase = 'header'
      this.#header = marker.name === 'channel' ? '<channel>' : ''
    } else this.#ledger.fail('odd_boundary')
  }

  end(): void {
    if (this.#phase === 'hidden' || this.#phase === 'header') this.#ledger.fail('no_boundary')
    this.#next.end()
  }

  /** Reasoning may mention the tags of other families; in the answer they are judged by the next stage. */
  #foreign(marker: PlacedMarker): void {
    if (this.#phase === 'hidden') this.#ledger.hide(marker.raw)
    else if (this.#phase === 'final') this.#next.marker(marker)
    else this.#ledger.fail('odd_boundary')
  }

  #extend(text: string): void {
    this.#header += text
    if (this.#header.length > MAX_HEADER_LENGTH) this.#ledger.fail('odd_boundary')
  }

  #open(): void {
    const channel = this.#phase === 'header' ? HEADER.exec(this.#header)?.[1] : undefined
    const isCall = /\bto=/.test(this.#header)
    // A tool call that the server left in the text cannot be honoured, and must not be lost in silence.
    if (!channel || (isCall && !this.#hasToolCalls)) {
      this.#ledger.fail('odd_boundary')
      return
    }
    this.#phase = channel === 'final' && !isCall ? 'final' : 'hidden'
    if (this.#phase === 'final') this.#ledger.keepNewlines()
    this.#answered = this.#phase === 'final'
  }

  #close(): void {
    if (this.#phase !== 'hidden' && this.#phase !== 'final') this.#ledger.fail('odd_boundary')
    if (this.#phase === 'hidden') this.#ledger.endBlock()
    this.#phase = 'between'
  }
}
