/**
 * Splits what a model wrote into reasoning and answer, with the same result wherever the stream was cut.
 * No I/O. Opens sealed output, as one of the few places that may. A boundary is looked for where this call can have one, and
 * one that is unclear is a failure: then nothing is released, and nothing of the text is in the failure. An empty answer is none.
 */

import type { SplitFailure } from '../../conversation/failures.ts'
import type { Segment } from '../../conversation/model.ts'
import { createReasoning, type Reasoning } from '../../conversation/reasoning.ts'
import { type Opaque, reveal } from '../../lib/opaque.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { boundariesIn, takeLeadingBlocks } from './answer-boundary.ts'
import { codeRanges } from './code-ranges.ts'
import { type Declaration, readDeclaration } from './declaration.ts'
import { feedStages } from './marker-scanner.ts'
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

/** Splits segments already opened; see `split`. */
export function splitSegments(
  segments: readonly Segment[],
  boundary: Boundary,
  hasToolCalls: boolean,
): Result<Split, SplitFailure> {
  const channel = textOf(segments, 'reasoning')
  const ledger = new SplitLedger()
  const tagged = boundary.kind === 'tagged' ? new TaggedStage(ledger, boundary.nonce) : null
  const next = tagged ?? createAnswerStage(ledger)
  const apart = channel.trim() !== ''
  // Content is one text, whatever lies between its pieces.
  const written = textOf(segments, 'content')
  feedStages(written, new ThinkStage({ ledger, next, hasToolCalls, apart, text: written }))
  const answer = takeAnswer(ledger, tagged)
  const { hidden } = ledger
  const text = channel !== '' && hidden !== '' ? `${channel}\n${hidden}` : channel + hidden
  const isBlank = text.trim() === ''
  if (isBlank && boundary.kind !== 'answer-only') ledger.fail('no_reasoning')
  if (ledger.failure !== null) return fail({ reason: ledger.failure })
  return succeed({
    reasoning: isBlank ? null : createReasoning(text),
    answer,
    declaration: readDeclaration(text),
  })
}

function textOf(segments: readonly Segment[], channel: Segment['channel']): string {
  return segments
    .filter((segment) => segment.channel === channel)
    .map(({ text }) => text)
    .join('')
}

/** What the stages took for the answer, without the blocks of reasoning that it begins with; nothing where a boundary is left. */
function takeAnswer(ledger: SplitLedger, tagged: TaggedStage | null): string {
  const written = tagged ? tagged.unfence(ledger.answer) : ledger.answer
  const led = written === null ? null : takeLeadingBlocks(written)
  if (led === null) {
    ledger.fail(written === null ? 'odd_boundary' : 'no_boundary')
    return ''
  }
  for (const { name, text } of led.blocks) {
    ledger.bounds.add(name.toLowerCase())
    ledger.endBlock()
    ledger.hide(text)
  }
  if (boundariesIn(led.answer, ledger.bounds).length > 0 || holdsBareHarmony(led.answer)) {
    ledger.fail('odd_boundary')
  }
  return led.answer
}

function holdsBareHarmony(answer: string): boolean {
  if (BARE_HARMONY.test(answer)) return true
  const turn = BARE_HARMONY_TURN.exec(answer)
  return turn !== null && !codeRanges(answer)(turn.index)
}

/** Whether the upstream handed reasoning out in a channel of its own; says nothing of what is in it. */
export function thinksApart(output: Opaque<readonly Segment[]>): boolean {
  return reveal(output).some(({ channel, text }) => channel === 'reasoning' && text.trim() !== '')
}

/** Whether there is text that does not begin as any mark of reasoning would. */
export function marksNothing(output: Opaque<readonly Segment[]>): boolean {
  const content = reveal(output).flatMap(({ channel, text }) => (channel === 'content' ? text : []))
  return /^[^<[({|`◁]/u.test(content.join('').trimStart())
}

/** All of an output, where it ended before there was an answer: then it is reasoning, whatever its marks. */
export function allReasoning(output: Opaque<readonly Segment[]>): Reasoning {
  const texts = reveal(output).map(({ text }) => text)
  return createReasoning(texts.join('\n'))
}

/** Opens the sealed output of one choice and splits it. */
export function split(
  output: Opaque<readonly Segment[]>,
  boundary: Boundary,
  hasToolCalls: boolean,
): Result<Split, SplitFailure> {
  return splitSegments(reveal(output), boundary, hasToolCalls)
}
