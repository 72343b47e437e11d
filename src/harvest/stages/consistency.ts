/**
 * Step 3, consistency: the decision that was declared is the class of the answer. Pure.
 * The last declaration governs, because reasoning weighs several before it settles.
 */
import { kindOfAnswer } from '../../deliberation/answer-kind.ts'
import { readDeclaration } from '../../deliberation/split/declaration.ts'
import type { Decision } from '../../policy/section.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { answerWords, callsTool } from './example-texts.ts'
import { createFilterStage } from './filter-stage.ts'

/** `reviews`: whether verdicts that saw the reasoning count. */
export function createConsistencyStage({ reviews }: { readonly reviews: boolean }): ExampleStage {
  return createFilterStage({
    name: 'consistency',
    version: 3,
    faultOf: (example) => faultOf(example, reviews),
  })
}

function faultOf(example: Example, reviews: boolean): DropReason | null {
  const { chosen } = example
  if (chosen.attempt === null) return null
  const declared = declaredIn(chosen)
  if (declared === null) return null
  if (chosen.decision !== null && chosen.decision !== declared) return 'decision_mismatch'
  if (reviews && isReadOtherwise(declared, chosen)) return 'decision_mismatch'
  return isOfClass(declared, example) ? null : 'decision_mismatch'
}

function declaredIn({ reasoning, decision }: ExampleCompletion): Decision | null {
  return readDeclaration(reasoning ?? '').decision ?? decision
}

/** True where every review of the reasoning read another decision in it. */
function isReadOtherwise(declared: Decision, { attempt }: ExampleCompletion): boolean {
  const read = (attempt?.verdicts ?? []).map(({ decision }) => decision)
  const known = read.filter((decision) => decision !== null)
  return known.length > 0 && known.every((decision) => decision !== declared)
}

function isOfClass(declared: Decision, example: Example): boolean {
  const acts = callsTool(example)
  const { refusal } = example.chosen.message
  const kind = kindOfAnswer(answerWords(example))
  const refuses =
    (typeof refusal === 'string' && refusal !== '') || /^(?:refusal|inability)$/.test(kind)
  const isRefusal = !acts && refuses
  switch (declared) {
    case 'comply':
      return !isRefusal && !isNeedless(example)
    case 'safe_complete':
      return true
    case 'refuse':
      return !acts && (isRefusal || kind !== 'help')
  }
}

/** Complying and yet held back, as a judge found. */
function isNeedless({ chosen }: Example): boolean {
  return (chosen.attempt?.verdicts ?? []).some(({ needlessRefusal }) => needlessRefusal)
}
