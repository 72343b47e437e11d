/**
 * Tries the golden cases that expect a decision, a few at a time and within a bound. I/O through the port alone.
 * A case that could not be judged is never counted as one that held.
 */
import type { DecideCase, DecidedCase } from '../../policy/check/decided-case.ts'
import type { Bundle } from '../../policy/section.ts'
import type { ParsedCase } from '../../policy/write/read-cases.ts'
import type { DecisionsReport } from '../registry.ts'

const AT_ONCE = 8

type CaseDecision = DecisionsReport['cases'][number]

export type RunDecisionsOptions = {
  readonly bundle: Bundle
  readonly model: string
  readonly cases: readonly ParsedCase[]
  readonly decideCase: DecideCase
  /** Ends the run: cases that are not decided by then were not judged. */
  readonly signal: AbortSignal
}

/** The cases that need a model. */
export function casesToDecide(cases: readonly ParsedCase[]): readonly ParsedCase[] {
  return cases.filter(({ golden: { expect } }) => expect.decision ?? expect.clauses)
}

/** One decision for each case, in their order. */
export async function runDecisions(options: RunDecisionsOptions): Promise<DecisionsReport> {
  const { bundle, model, cases, decideCase, signal } = options
  const decisions: CaseDecision[] = []
  const waiting = cases.entries()
  const decideNext = async () => {
    for (const [index, { golden }] of waiting) {
      const got = signal.aborted ? null : await decideCase(golden, { bundle, model, signal })
      decisions[index] = compare(golden, got)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, decideNext))
  return { model, cases: decisions }
}

function compare({ id, expect }: ParsedCase['golden'], got: DecidedCase | null): CaseDecision {
  const { decision, clauses } = expect
  const expected = { ...(decision && { decision }), ...(clauses && { clauses }) }
  const { decision: decided, clauses: cited } = got ?? { decision: null, clauses: [] }
  const isJudged = got !== null && (decision === undefined || decided !== null)
  const holds =
    (decision === undefined || decision === decided) &&
    (clauses ?? []).every((clause) => cited.includes(clause))
  const outcome = isJudged ? (holds ? 'passed' : 'failed') : 'unjudged'
  return { id, outcome, expected, got: { decision: decided, clauses: cited } }
}
