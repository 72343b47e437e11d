/**
 * Splits what a model wrote into reasoning and answer, incrementally, with the same result wherever the stream was cut.
 * No I/O. Opens sealed output, as one of the few places that may. An unclear boundary is a failure: then nothing is released,
 * and nothing of the text is in the failure. An empty answer is no failure.
 */

import type { Segment } from '../../conversation/model.ts'
import type { SplitFailure } from '../../conversation/outcome.ts'
import { createReasoning, type Reasoning } from '../../conversation/reasoning.ts'
import { type Opaque, reveal } from '../../lib/opaque.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { type Declaration, readDeclaration } from './declaration.ts'
import { MarkerScanner } from './marker-scanner.ts'
import { createAnswerStage, SplitLedger } from './split-ledger.ts'
import { TaggedStage } from './split-tagged.ts'
import { ThinkStage } from './split-think.ts'

/** How the call was asked to mark its reasoning; `answer-only` asked for none and hides what comes nevertheless. */
export type Boundary =
  | { readonly kind: 'tagged'; readonly nonce: string }
  | { readonly kind: 'native' }
  | { readonly kind: 'answer-only' }

export type Split = {
  /** Null when there is none: only with `answer-only`. */
  readonly reasoning: Reasoning | null
  readonly answer: string
  readonly declaration: Declaration
}

/**
 * Harmony text whose tokens a server dropped: `analysisWe need …assistantfinalHello`. No boundary is left to split at.
 */
const BARE_HARMONY = /^\s*(?:assistant)?(?:analysis|commentary)(?=\p{Lu}|\p{Lo})/u
const BARE_HARMONY_TURN = /assistant(?:analysis|commentary|final)/

/** Takes segments as they arrive and gives the split at the end. One use. */
export class Splitter {
  readonly #boundary: Boundary
  readonly #ledger = new SplitLedger()
  readonly #tagged: TaggedStage | null
  readonly #scanner: MarkerScanner
  readonly #channel: string[] = []

  constructor(boundary: Boundary, hasToolCalls: boolean) {
    this.#boundary = boundary
    this.#tagged = boundary.kind === 'tagged' ? new TaggedStage(this.#ledger, boundary.nonce) : null
    const next = this.#tagged ?? createAnswerStage(this.#ledger)
    this.#scanner = new MarkerScanner(new ThinkStage({ ledger: this.#ledger, next, hasToolCalls }))
  }

  /** Text of the reasoning channel is hidden whatever it says; content is scanned as one stream, whatever lies between. */
  push(segment: Segment): void {
    if (segment.channel === 'reasoning') this.#channel.push(segment.text)
    else if (this.#ledger.failure === null) this.#scanner.push(segment.text)
  }

  end(): Result<Split, SplitFailure> {
    this.#scanner.end()
    const channel = this.#channel.join('')
    // With reasoning in a field of its own, a closing tag alone is a stray one.
    if (this.#ledger.openerMissing && channel.trim() !== '') this.#ledger.fail('odd_boundary')
    const answer = this.#answer()
    const hidden = this.#ledger.hidden
    const text = channel !== '' && hidden !== '' ? `${channel}\n${hidden}` : channel + hidden
    const isBlank = text.trim() === ''
    if (isBlank && this.#boundary.kind !== 'answer-only') this.#ledger.fail('no_reasoning')
    if (this.#ledger.failure !== null) return fail({ reason: this.#ledger.failure })
    return succeed({
      reasoning: isBlank ? null : createReasoning(text),
      answer,
      declaration: readDeclaration(text),
    })
  }

  #answer(): string {
    const written = this.#ledger.answer
    const answer = this.#tagged ? this.#tagged.unfence(written) : written
    if (answer === null || BARE_HARMONY.test(answer) || BARE_HARMONY_TURN.test(answer)) {
      this.#ledger.fail('odd_boundary')
      return ''
    }
    return answer
  }
}

/** Splits segments already opened; see `split`. */
export function splitSegments(
  segments: readonly Segment[],
  boundary: Boundary,
  hasToolCalls: boolean,
): Result<Split, SplitFailure> {
  const splitter = new Splitter(boundary, hasToolCalls)
  for (const segment of segments) splitter.push(segment)
  return splitter.end()
}

/** Whether the upstream handed reasoning out in a channel of its own; says nothing of what is in it. */
export function thinksApart(output: Opaque<readonly Segment[]>): boolean {
  return reveal(output).some(({ channel, text }) => channel === 'reasoning' && text.trim() !== '')
}

/** Opens the sealed output of one choice and splits it. */
export function split(
  output: Opaque<readonly Segment[]>,
  boundary: Boundary,
  hasToolCalls: boolean,
): Result<Split, SplitFailure> {
  return splitSegments(reveal(output), boundary, hasToolCalls)
}
