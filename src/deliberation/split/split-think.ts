/**
 * The stage that takes a leading reasoning block off the content: a think block, with or without its opening tag, or
 * harmony channels. No I/O. Only a block at the very start counts; all else it passes on to the next stage.
 */
import { goesOn } from './answer-boundary.ts'
import { codeRanges } from './code-ranges.ts'
import type { PlacedMarker, Stage } from './marker-scanner.ts'
import { HarmonyStage } from './split-harmony.ts'
import type { SplitLedger } from './split-ledger.ts'

export class ThinkStage implements Stage {
  readonly #ledger: SplitLedger
  readonly #harmony: HarmonyStage
  readonly #next: Stage
  readonly #apart: boolean
  readonly #text: string
  readonly #isCode: (at: number) => boolean
  /** `lead`: held until the first marker says what the text before it was. */
  #phase: 'lead' | 'think' | 'after' | 'harmony' = 'lead'
  readonly #lead: string[] = []
  #leadIsBlank = true
  #name = ''
  #depth = 0

  constructor(options: {
    readonly ledger: SplitLedger
    readonly next: Stage
    readonly hasToolCalls: boolean
    /** Reasoning came in a field of its own, so that no template wrote the opener into the prompt. */
    readonly apart: boolean
    /** All that will be scanned. */
    readonly text: string
  }) {
    this.#ledger = options.ledger
    this.#next = options.next
    this.#apart = options.apart
    this.#text = options.text
    this.#isCode = codeRanges(options.text)
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
    } else if (this.#mayClose(marker)) {
      // Of what stands in code no one can tell whether a thought ends there.
      if (this.#isCode(marker.at)) this.#ledger.fail('odd_boundary')
      this.#ledger.hide(this.#lead.join(''))
      this.#name = marker.name
      this.#close()
    } else if (marker.family === 'think' && !marker.closes && this.#leadIsBlank) {
      this.#phase = 'think'
      this.#name = marker.name
      this.#depth = 1
    } else {
      this.#pass()
      this.#next.marker(marker)
    }
  }

  /** A closing tag alone ends reasoning where a template may have written the opener into the prompt. */
  #mayClose(marker: PlacedMarker): boolean {
    if (marker.family !== 'think' || !marker.closes || marker.spoken || this.#apart) return false
    return !this.#isCode(marker.at) || !goesOn(this.#text, marker)
  }

  /** Blocks may be nested, and other tags are talk here: all of it stays hidden until this block's own closer. */
  #inside(marker: PlacedMarker): void {
    const { family, name, closes, spoken, raw } = marker
    const isOwn = family === 'think' && name === this.#name && !spoken
    if (isOwn) this.#depth += closes ? -1 : 1
    if (this.#depth > 0) this.#ledger.hide(raw)
    else this.#close()
  }

  #close(): void {
    this.#phase = 'after'
    this.#ledger.bounds.add(this.#name.toLowerCase())
    this.#ledger.endBlock()
  }

  /** There was no block: what was held is content like the rest. */
  #pass(): void {
    this.#phase = 'after'
    for (const text of this.#lead) this.#next.text(text)
  }
}
