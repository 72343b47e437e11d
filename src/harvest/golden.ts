/**
 * Overturned decisions as golden cases: what the client asked, and what a person says should have been decided. Pure.
 * A case holds the client's words, personal data replaced, for as long as the policy lives: it is made of what may be harvested
 * alone, unless asked for.
 */
import { fail, type Result, succeed } from '../lib/result.ts'
import { type GoldenCase, goldenCaseSchema } from '../policy/write/authored.ts'
import type { HumanLabel } from '../transcript/record/label.ts'
import type { Transcript } from '../transcript/record/record.ts'
import { chatViewOf } from '../wire/chat-view.ts'
import { correctedDecision } from './human-labels.ts'
import { redactValue } from './redaction/redact-value.ts'
import { redactTogether } from './redaction/redactor.ts'
import { sectionOfClause } from './stages/clause-section.ts'

/** Why no case is made of a transcript. */
export type GoldenSkip =
  | 'not_overturned'
  /** Two people name two decisions. */
  | 'disputed'
  /** The request is none that a policy's tests can hold. */
  | 'not_chat'

export function goldenCaseOf(
  transcript: Transcript,
  labels: readonly HumanLabel[],
): Result<GoldenCase, GoldenSkip> {
  const right = correctedDecision(labels)
  if (right === null) return fail('not_overturned')
  if (right === 'disputed') return fail('disputed')
  const { decision, clauses } = right
  const messages = chatViewOf(transcript)?.messages ?? null
  const sections = [...new Set(clauses.map(sectionOfClause))]
  const made = goldenCaseSchema.safeParse({
    id: transcript.id,
    messages: redactTogether((redactor) => redactValue(messages, redactor)).value,
    expect: { ...(clauses.length > 0 && { sections, clauses }), decision },
    tags: ['overturned'],
  })
  return made.success ? succeed(made.data) : fail('not_chat')
}
