/**
 * Step 2, grounding: every cited clause stood before the model, and bears on the exchange. Pure.
 * It goes by what the transcript says itself: its selection, its check of citations, and its reviews of the reasoning.
 */
import type { TranscriptAttempt } from '../../transcript/record/record.ts'
import type { Example } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { sectionOfClause } from './clause-section.ts'
import { createFilterStage } from './filter-stage.ts'

/** `reviews`: whether verdicts that saw the reasoning count. */
export function createGroundingStage({ reviews }: { readonly reviews: boolean }): ExampleStage {
  return createFilterStage({
    name: 'grounding',
    version: 1,
    faultOf: (example) => faultOf(example, reviews),
  })
}

function faultOf({ chosen, transcript }: Example, reviews: boolean): DropReason | null {
  const { attempt, citedClauses } = chosen
  // What a person cited was looked up when it was written.
  if (attempt === null) return null
  if (attempt.citationsVerified === false) return 'citation_unknown'
  for (const clause of citedClauses) {
    const section = sectionOfClause(clause)
    const selected = transcript.selection.find((one) => one.section === section)
    if (!selected) return 'citation_unknown'
    // A section that the judge missed is given in full to a later draft, and stands in the check of that draft alone.
    if (!selected.full && attempt.citationsVerified !== true) return 'citation_unknown'
  }
  const irrelevant = reviews && citedClauses.some((clause) => isBesideThePoint(clause, attempt))
  return irrelevant ? 'citation_irrelevant' : null
}

/** True where every review of the reasoning that looked at the clause found that it does not bear on the exchange. */
function isBesideThePoint(clause: string, { verdicts }: TranscriptAttempt): boolean {
  const findings = verdicts
    .filter(({ channel }) => channel === 'reasoning')
    .flatMap((verdict) => verdict.findings.filter((finding) => finding.clause === clause))
  return findings.length > 0 && findings.every(({ finding }) => finding === 'not_applicable')
}
