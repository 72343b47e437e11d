/**
 * Whether a draft that was not released was found wanting in what a row shows of it. Pure.
 * A check of form, or of the reasoning, says nothing of the answer; and what leaked the gateway's own words is shown to nobody.
 */
import type { Example, ExampleCompletion } from '../example.ts'
import { WHOLE } from '../stages/format.ts'

/** After these nothing of a draft may stand in a row: it is malformed, or holds what no client could have been sent. */
const UNFIT: readonly string[] = ['format', 'leak']

/** `reasoning`: whether the rows show it, so that it may be what failed. */
export function isFailedDraft(
  { attempt }: ExampleCompletion,
  { transcript, choice }: Example,
  { reasoning }: { readonly reasoning: boolean },
): boolean {
  if (attempt === null) return true
  const ended = transcript.outcome.choices.find(({ index }) => index === choice)
  // What was released stands among the rejected by a person's word alone.
  if (attempt.number === ended?.attempt) return true
  const failed = attempt.checks.filter(({ passed }) => !passed)
  // What was cut teaches against its length.
  if (attempt.answer && !WHOLE.includes(attempt.answer.finishReason)) return false
  if (failed.some(({ name }) => UNFIT.includes(name))) return false
  if (reasoning && failed.length > 0) return true
  return attempt.verdicts.some(
    ({ passed, channel }) => !passed && (reasoning || channel === 'answer'),
  )
}
