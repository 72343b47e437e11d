/**
 * The stage of the tagged form: reasoning between the two tags of this call's nonce, the answer after the second. No I/O.
 * Only the exact tags count, and each of them once: one that is repeated cannot be told from the first. Between them any other
 * marker is thought about, and behind them it is for answer-boundary.ts to say what may stand.
 */
import { bearsNonce } from './boundary-marker.ts'
import type { PlacedMarker, Stage } from './marker-scanner.ts'
import type { SplitLedger } from './split-ledger.ts'

/** A fence some models open before the first tag, and must then close right after the second. */
const OPENING_FENCE = /^```[\w-]{0,16}[ \t]*\r?\n\s*$/
const CLOSING_FENCE = /^[ \t]*```[ \t]*(?:\r?\n|$)/
const MAX_LEAD_LENGTH = 32

export class TaggedStage implements Stage {
  readonly #ledger: SplitLedger
  readonly #opener: string
  readonly #closer: string
  #phase: 'before' | 'inside' | 'after' = 'before'
  #lead = ''
  #leadIsLong = false
  #fenced = false

  constructor(ledger: SplitLedger, nonce: string) {
    this.#ledger = ledger
    this.#opener = `<deliberation-${nonce}>`
    this.#closer = `</deliberation-${nonce}>`
  }

  text(text: string): void {
    if (this.#phase === 'inside') this.#ledger.hide(text)
    else if (this.#phase === 'after') this.#ledger.release(text)
    else this.#precede(text)
  }

  marker(marker: PlacedMarker): void {
    if (this.#phase === 'before') this.#open(marker)
    else if (this.#phase === 'inside') this.#think(marker)
    else if (bearsNonce(marker.raw)) this.#ledger.fail('odd_boundary')
    else this.#ledger.release(marker.raw)
  }

  #open({ raw }: PlacedMarker): void {
    if (raw === this.#opener && this.#leadIsEmpty()) this.#phase = 'inside'
    else this.#ledger.fail('odd_boundary')
  }

  #think({ raw, quoted }: PlacedMarker): void {
    if (raw === this.#opener) this.#ledger.fail('odd_boundary')
    // A quoted closer is talk about the format; the text behind it may still be reasoning.
    else if (raw !== this.#closer || quoted) this.#ledger.hide(raw)
    else {
      this.#phase = 'after'
      this.#ledger.endBlock()
    }
  }

  end(): void {
    if (this.#phase !== 'after') this.#ledger.fail('no_boundary')
  }

  /** Takes the fence off the front of the answer where one was opened before the tags; null if it is not closed there. */
  unfence(answer: string): string | null {
    if (!this.#fenced) return answer
    return CLOSING_FENCE.test(answer)
      ? answer.replace(CLOSING_FENCE, '').replace(/^[\r\n]+/, '')
      : null
  }

  #precede(text: string): void {
    const lead = (this.#lead + text).trimStart()
    this.#lead = lead.slice(0, MAX_LEAD_LENGTH)
    this.#leadIsLong ||= lead.slice(MAX_LEAD_LENGTH).trim() !== ''
  }

  #leadIsEmpty(): boolean {
    this.#fenced = OPENING_FENCE.test(this.#lead)
    return !this.#leadIsLong && (this.#lead === '' || this.#fenced)
  }
}
