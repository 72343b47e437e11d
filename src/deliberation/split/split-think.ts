/**
 * The stage that takes a leading reasoning block off the content: a think block, with or without its opening tag, or
 * harmony channels. No I/O. Only a block at the very start counts; what it does not understand it passes on as a marker,
 * and the next stage fails on it.
 */
import type { PlacedMarker, Stage } from './marker-scanner.ts'
import { HarmonyStage } from './split-harmony.ts'
import type { SplitLedger } from './split-ledger.ts'

export class ThinkStage implements Stage {
  readonly #ledger: SplitLedger
  readonly #harmony: HarmonyStage
  readonly #next: Stage
  /** `lead`: held until the first marker says what the text before it was. */
  #phase: 'lead' | 'think' | 'after' | 'harmony' = 'lead'
  readonly #lead: string[] = []
  #leadIsBlank = true
  #name = ''

  constructor(options: {
    readonly ledger: SplitLedger
    readonly next: Stage
    readonly hasToolCalls: boolean
  }) {
    this.#ledger = options.ledger
    this.#next = options.next
    this.#harmony = new HarmonyStage(options)
  }

  text(text: string): void {
    if (this.#phase === 'harmony') this.#harmony.text(text)
    else if (this.#phase === 'after') this.#next.text(text)
    else if (this.#phase === 'think') this.#ledger.hide(text)
    else {
      this.#lead.push(text)
      this.#leadIsBlank &&= text.trim() === ''
    }
  }

  marker(marker: PlacedMarker): void {
    if (this.#phase === 'harmony') this.#harmony.marker(marker)
    else if (this.#phase === 'after') this.#next.marker(marker)
    else if (this.#phase === 'think') this.#inside(marker)
    else this.#first(marker)
  }

  end(): void {
    if (this.#phase === 'think') this.#ledger.fail('no_boundary')
    if (this.#phase === 'lead') this.#pass()
    if (this.#phase === 'harmony') this.#harmony.end()
    else this.#next.end()
  }

  #first(marker: PlacedMarker): void {
    const startsHarmony = marker.family === 'harmony' && /^(?:start|channel)$/.test(marker.name)
    if (startsHarmony && this.#leadIsBlank) {
      this.#phase = 'harmony'
      this.#harmony.marker(marker)
    } else if (marker.family === 'think' && marker.closes && !marker.quoted) {
      this.#ledger.openerMissing = true
      this.#ledger.hide(this.#lead.join(''))
      this.#close()
    } else if (marker.family === 'think' && !marker.closes && this.#leadIsBlank) {
      this.#phase = 'think'
      this.#name = marker.name
    } else {
      this.#pass()
      this.#next.marker(marker)
    }
  }

  /** Tags of other families are talk here: all of it stays hidden until this block's own closer. */
  #inside(marker: PlacedMarker): void {
    if (marker.family !== 'think') this.#ledger.hide(marker.raw)
    else if (marker.closes && marker.name === this.#name && !marker.quoted) this.#close()
    else this.#ledger.fail('odd_boundary')
  }

  #close(): void {
    this.#phase = 'after'
    this.#ledger.endBlock()
  }

  /** There was no block: what was held is content like the rest. */
  #pass(): void {
    this.#phase = 'after'
    for (const text of this.#lead) this.#next.text(text)
  }
}
