/**
 * The golden cases of a candidate, run before it can be activated: selection always, decisions where it names a model.
 * I/O through the port alone. What fails is told case by case, and only where a section falls short of its share.
 */
import { withinBudget } from '../../lib/in-turns.ts'
import type { DecideCase } from '../../policy/check/decided-case.ts'
import {
  decisionShortfalls,
  NO_SECTION,
  type Shortfall,
  selectionShortfalls,
} from '../../policy/check/meets-thresholds.ts'
import { casesInSteps } from '../../policy/check/run-cases.ts'
import type { ParsedCase } from '../../policy/write/read-cases.ts'
import type { AdmissionCode } from '../admission-code.ts'
import type { AdmissionProblem, AdmissionReport, DecisionsReport } from '../registry.ts'
import type { Contents } from './read-contents.ts'
import { casesToDecide, runDecisions } from './run-decisions.ts'

/** A push that waits longer for a model has lost the person who made it. */
const DECISIONS_MS = 10 * 60_000

export type TestRun = {
  readonly report: Pick<AdmissionReport, 'selection' | 'decisions'>
  readonly problems: readonly AdmissionProblem[]
  readonly warnings: readonly AdmissionProblem[]
}

export type RunTestsPorts = {
  /** Null where no decision is to be tried. */
  readonly decideCase: DecideCase | null
  /** A signal that fires after so many milliseconds; the platform's own when left out. */
  readonly timeout?: ((ms: number) => AbortSignal) | undefined
}

export async function runTests(
  { bundle, cases }: Pick<Contents, 'bundle' | 'cases'>,
  { decideCase, timeout = (ms) => AbortSignal.timeout(ms) }: RunTestsPorts,
): Promise<TestRun> {
  const run = await withinBudget(casesInSteps(bundle, cases), CASES_BUDGET)
  if (!run.ok) return TOO_MUCH
  const selection = run.value
  const placeOf = placesOf(cases)
  const problems = selectionShortfalls(selection, bundle.tests).flatMap((short) =>
    short.failing.map(({ id }) => problemOf('test_failed', short, { id, place: placeOf(id) })),
  )
  const model = bundle.tests?.model
  const toDecide = casesToDecide(cases)
  const isTried = problems.length === 0 && decideCase !== null && model !== undefined
  if (!isTried || toDecide.length === 0) {
    const isSkipped = toDecide.length > 0 && problems.length === 0
    const warnings = isSkipped ? [skipped(toDecide.length, model)] : []
    return { report: { selection, decisions: null }, problems, warnings }
  }
  const signal = timeout(DECISIONS_MS)
  const decisions = await runDecisions({ bundle, model, cases: toDecide, decideCase, signal })
  const results = decisions.cases.map((one, index) => ({
    case: one,
    sections: toDecide[index]?.golden.expect.sections ?? [],
    held: one.outcome === 'passed',
  }))
  const undecided = decisionShortfalls(results, bundle.tests).flatMap((short) =>
    short.failing.map((one) =>
      problemOf('decision_failed', short, { id: renderDecision(one), place: placeOf(one.id) }),
    ),
  )
  return { report: { selection, decisions }, problems: undecided, warnings: [] }
}

/** In the measure of `in-turns.ts`: ten thousand cases of a policy of a thousand sections stay below. */
const CASES_BUDGET = 80_000

const TOO_MUCH: TestRun = {
  report: { selection: { cases: [], sections: [], decisionsSkipped: 0 }, decisions: null },
  problems: [
    {
      code: 'test_failed',
      message: `Send fewer golden cases, or shorter ones: to run them takes more than ${CASES_BUDGET} units of work, about a thousand characters each`,
      pointer: '/tests',
    },
  ],
  warnings: [],
}

type Where = Pick<AdmissionProblem, 'file' | 'line' | 'pointer'>

/** Where a case stands: in its file, or in the list that was sent without files. */
function placesOf(cases: readonly ParsedCase[]): (id: string) => Where {
  const places = new Map(cases.map(({ golden, place }) => [golden.id, place]))
  return (id) => {
    const place = places.get(id)
    if (!place) return {}
    return place.file === 'tests' ? { pointer: `/tests/${place.line - 1}` } : place
  }
}

function problemOf(
  code: Extract<AdmissionCode, 'test_failed' | 'decision_failed'>,
  { section, share, held, of, wanted }: Shortfall<unknown>,
  { id, place }: { readonly id: string; readonly place: Where },
): AdmissionProblem {
  const did = {
    recall: `Make the section ${section} come up in full for ${id}, or correct the case`,
    permit: `Keep the section ${section} out of ${id}, or correct the case`,
    decisions: `Make the policy decide as the case expects, or correct the case: ${id}`,
  }[share]
  const where = section === NO_SECTION ? 'cases without a section' : section
  return {
    code,
    message: `${did} (${share} of ${where}: ${held} of ${of}, wants ${wanted})`,
    ...place,
  }
}

function renderDecision({ id, outcome, got }: DecisionsReport['cases'][number]): string {
  if (outcome === 'unjudged') return `${id} could not be judged`
  const cited = got.clauses.length > 0 ? got.clauses.join(', ') : 'no clause'
  return `${id} was decided ${got.decision ?? 'without a word'}, citing ${cited}`
}

function skipped(count: number, model: string | undefined): AdmissionProblem {
  const message =
    model === undefined
      ? `Name a model under tests.model in policy.yaml to try ${count} golden cases that expect a decision: they were skipped`
      : `Configure a model server to try ${count} golden cases that expect a decision: they were skipped`
  return { code: 'decisions_skipped', message }
}
