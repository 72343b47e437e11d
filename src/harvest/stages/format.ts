/**
 * Step 1, form: one deliberation, a whole answer, and nothing of the one in the other. Pure.
 * Boundaries that the client wrote itself may be repeated to it.
 */

import { canaryOf } from '../../deliberation/draft/preamble.ts'
import { boundariesIn } from '../../deliberation/split/answer-boundary.ts'
import { MARKER_START, readMarker } from '../../deliberation/split/boundary-marker.ts'
import { holdsDecisionLine } from '../../deliberation/split/declaration.ts'
import { foldForSecrecy, joinLookAlikes, toSeenLetters } from '../../text/fold.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { answerWords, callsTool, promptTexts } from './example-texts.ts'
import { createFilterStage } from './filter-stage.ts'

export type FormatNeeds = { readonly reasoning: boolean; readonly answer: boolean }

export function createFormatStage(needs: FormatNeeds): ExampleStage {
  return createFilterStage({
    name: 'format',
    version: 4,
    faultOf: (example) => faultOf(example, needs),
    ...(needs.reasoning && { keepsDraft: holdsNothingForeign }),
  })
}

/** How a whole answer ends. */
export const WHOLE: readonly string[] = ['stop', 'tool_calls', 'function_call']

function faultOf(example: Example, needs: FormatNeeds): DropReason | null {
  const { reasoning, attempt } = example.chosen
  if (needs.reasoning && (reasoning === null || reasoning.trim() === '')) return 'reasoning_missing'
  const answer = answerWords(example)
  if (needs.answer) {
    if (answer.trim() === '' && !callsTool(example)) return 'answer_missing'
    if (attempt?.answer && !WHOLE.includes(attempt.answer.finishReason)) return 'answer_cut'
  }
  const own = promptTexts(example.prompt).join('\n').toLowerCase()
  if (boundariesIn(answer).some((raw) => !own.includes(raw.toLowerCase()))) {
    return 'boundary_in_answer'
  }
  if (holdsDecisionLine(answer) && !holdsDecisionLine(own)) return 'analysis_in_answer'
  if (reasoning === null) return null
  if (holdsForeignBoundary(reasoning, own)) return 'reasoning_boundary'
  if (!needs.reasoning) return null
  return holdsMark(reasoning, own, example.transcript) ? 'protocol_in_reasoning' : null
}

/** What rows show beside the chosen reasoning is held to the same. */
function holdsNothingForeign(
  { reasoning }: ExampleCompletion,
  { prompt, transcript }: Example,
): boolean {
  if (reasoning === null) return true
  const own = promptTexts(prompt).join('\n').toLowerCase()
  return !holdsForeignBoundary(reasoning, own) && !holdsMark(reasoning, own, transcript)
}

/** The name of a tag that only this deliberation had. */
const TAG_NAME = /deliberation-[0-9a-f]{8,}/

/** True for what only the gateway's own words say: the name of a tag, or the mark of the leading message. */
function holdsMark(
  reasoning: string,
  own: string,
  { policy, protocol }: Pick<Transcript, 'policy' | 'protocol'>,
): boolean {
  const seen = toSeenLetters(reasoning)
  const [name] = TAG_NAME.exec(seen) ?? []
  if (name !== undefined && !toSeenLetters(own).includes(name)) return true
  return joinLookAlikes(seen).includes(foldForSecrecy(canaryOf(policy.digest, protocol)))
}

const STARTS = new RegExp(MARKER_START, 'g')

/** True for a boundary that does not stand in the client's own words; one between backticks is only spoken of, unless it is ours. */
function holdsForeignBoundary(text: string, own: string): boolean {
  // Each is looked for once: a long text says the same again and again.
  const known = new Set<string>()
  for (const { index: at } of text.matchAll(STARTS)) {
    const marker = readMarker(text, at)
    if (marker === null) continue
    if (text[at - 1] === '`' && marker.family !== 'deliberation') continue
    const raw = marker.raw.toLowerCase()
    if (known.has(raw)) continue
    if (!own.includes(raw)) return true
    known.add(raw)
  }
  return false
}
