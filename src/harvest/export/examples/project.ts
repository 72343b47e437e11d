/**
 * From a transcript to examples, one for each choice that has an answer: what every format is arranged from. Pure.
 * Prompts are the client's own; answers go back to the message that a client received, whatever strategy drafted them.
 */
import type { Answer } from '../../../conversation/outcome.ts'
import { isJsonObject, type JsonArray, type JsonValue } from '../../../lib/json.ts'
import type { HumanLabel } from '../../../transcript/record/label.ts'
import type { Transcript, TranscriptAttempt } from '../../../transcript/record/record.ts'
import type { TranscriptRow } from '../../../transcript/record/row.ts'
import { answerMessage } from '../../../wire/chat-completion.ts'
import { chatViewOf } from '../../../wire/chat-view.ts'
import type { Example, ExampleCompletion } from '../../example.ts'
import { correctedDecision, latestEdit } from '../../human-labels.ts'
import { sectionOfClause } from '../../stages/clause-section.ts'
import { isMatchedSection, type Selected } from '../../stages/matched-section.ts'
import { ALL_TRAIN, type Splits, splitOf } from './split.ts'

export type Projected = {
  readonly transcript: Transcript
  readonly row: TranscriptRow
  readonly labels: readonly HumanLabel[]
}

export type ProjectOptions = {
  /** True where a draft that decided as people say is right stands before the one that was released. */
  readonly pairs: boolean
}

/** None for a transcript without content, and for one that ended without an answer. */
export function project(
  stored: Projected,
  splits: Splits = ALL_TRAIN,
  { pairs }: ProjectOptions = { pairs: false },
): readonly Example[] {
  const { transcript, row, labels } = stored
  const { outcome } = transcript
  const view = chatViewOf(transcript)
  if (!view) return []
  const { messages: prompt, tools } = view
  const split = splitOf({ messages: prompt }, splits)
  const edited = editedBy(labels)
  return outcome.choices.flatMap(({ index, attempt }, place) => {
    const released = releasedOf(transcript, index, attempt)
    if (!released) return []
    // A label names no choice, and a person who writes an answer looks at the first.
    const written = place === 0 ? edited : null
    const failed = failedBefore(transcript, index, attempt)
    const righted = pairs && !written ? rightedBy(labels, released, failed) : null
    const chosen = written ?? righted ?? released
    const rejected = righted ? [released] : written ? [released, ...failed] : failed
    return {
      transcript,
      row,
      labels,
      choice: index,
      prompt,
      tools,
      chosen,
      chosenBy: written ? 'edit' : righted ? 'decision' : 'gateway',
      rejected,
      section: sectionOf(transcript, released.citedClauses),
      decision: chosen.decision ?? released.decision,
      split,
      redactions: {},
    }
  })
}

function releasedOf(
  { attempts, final }: Transcript,
  choice: number,
  number: number | null,
): ExampleCompletion | null {
  const attempt = attempts.find((one) => one.choice === choice && one.number === number) ?? null
  const answer = finalAnswer(final, choice) ?? attempt?.answer ?? null
  return answer && completionOf(answer, attempt)
}

/** As `buildTranscript` has written it; null where the client had an error or the upstream's own bytes. */
function finalAnswer(final: JsonValue, choice: number): Answer | null {
  const choices = arrayOf(final)
  const found = choices?.find((one) => isJsonObject(one) && one.index === choice)
  return isJsonObject(found) && Array.isArray(found.parts) ? (found as unknown as Answer) : null
}

function completionOf(answer: Answer, attempt: TranscriptAttempt | null): ExampleCompletion {
  return {
    message: answerMessage(answer),
    reasoning: attempt?.reasoning ?? null,
    decision: attempt?.decision ?? null,
    citedClauses: attempt?.citedClauses ?? [],
    attempt,
  }
}

/** What a review or a check held against: a draft that nobody could judge has not failed by what it says. */
function failedBefore(
  { attempts }: Transcript,
  choice: number,
  released: number | null,
): readonly ExampleCompletion[] {
  return attempts
    .filter((one) => one.choice === choice && one.number !== released && hasFailed(one))
    .toSorted((one, other) => other.number - one.number)
    .flatMap((attempt) => (attempt.answer ? [completionOf(attempt.answer, attempt)] : []))
}

function hasFailed({ checks, verdicts }: TranscriptAttempt): boolean {
  return checks.some(({ passed }) => !passed) || verdicts.some(({ passed }) => !passed)
}

/** The last draft that had decided as a person says is right, where what was released had not. */
function rightedBy(
  labels: readonly HumanLabel[],
  released: ExampleCompletion,
  failed: readonly ExampleCompletion[],
): ExampleCompletion | null {
  const right = correctedDecision(labels)
  if (right === null || right === 'disputed' || right.decision === released.decision) return null
  return failed.find(({ decision }) => decision === right.decision) ?? null
}

/** The latest answer that a person wrote, with the decision that people say is right. */
function editedBy(labels: readonly HumanLabel[]): ExampleCompletion | null {
  const edited = latestEdit(labels)
  if (!edited) return null
  const right = correctedDecision(labels)
  const overturned = right === 'disputed' ? null : right
  return {
    message: { role: 'assistant', content: edited.answer, refusal: null },
    reasoning: null,
    decision: overturned?.decision ?? null,
    citedClauses: overturned?.clauses ?? [],
    attempt: null,
  }
}

/** The section that weighs most among those cited, else among those that came up; one that is there for all requests comes last. */
function sectionOf({ selection }: Transcript, cited: readonly string[]): string | null {
  const named = new Set(cited.map(sectionOfClause))
  const byWeight = selection.toSorted((one, other) => other.score - one.score)
  const isNamed = ({ section }: Selected) => named.has(section)
  const found =
    byWeight.find((one) => isNamed(one) && isMatchedSection(one)) ??
    byWeight.find(isNamed) ??
    byWeight.find(isMatchedSection) ??
    byWeight.find(({ full }) => full)
  return found?.section ?? null
}

function arrayOf(value: JsonValue | undefined): JsonArray | null {
  return Array.isArray(value) ? (value as JsonArray) : null
}
