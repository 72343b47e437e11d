/**
 * Runs the golden cases of a policy through selection: what was expected in full, what came, and figures per section. Pure.
 * What a case expects of the decision needs a model; it is counted here as skipped, never as passed.
 */
import { amountOf, atOnce, type Steps } from '../../lib/in-turns.ts'
import type { Bundle } from '../section.ts'
import { selectFromIndex } from '../select/select.ts'
import { indexInSteps, type SelectionIndex } from '../select/selection-index.ts'
import type { GoldenCase } from '../write/authored.ts'
import type { Place } from '../write/problem.ts'
import type { ParsedCase } from '../write/read-cases.ts'

export type CaseResult = {
  readonly id: string
  readonly place: Place
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Expected in full, and shown as a summary only. */
  readonly missing: readonly string[]
  /** Shown in full where the case expects no section. */
  readonly needless: readonly { readonly section: string; readonly reason: string }[]
}

export type SectionFigures = {
  readonly section: string
  /** Cases that expect the section, and those of them in which it was shown in full. */
  readonly expected: number
  readonly found: number
  /** Cases that expect no section, and those of them in which this one was shown in full. */
  readonly negatives: number
  readonly needless: number
}

export type CasesReport = {
  readonly cases: readonly CaseResult[]
  readonly sections: readonly SectionFigures[]
  /** Cases whose decision or clauses could not be tested without a model. */
  readonly decisionsSkipped: number
}

export function runCases(bundle: Bundle, cases: readonly ParsedCase[]): CasesReport {
  return atOnce(casesInSteps(bundle, cases))
}

/** The same, interrupted after each case. */
export function* casesInSteps(bundle: Bundle, cases: readonly ParsedCase[]): Steps<CasesReport> {
  const index = yield* indexInSteps(bundle)
  const results: ReturnType<typeof runCase>[] = []
  for (const one of cases) {
    results.push(runCase(one, { bundle, index }))
    const length = textsOf(one.golden).reduce((sum, { text }) => sum + text.length, 0)
    yield amountOf(length + (index.phrases.length + index.sections.length) / 10)
  }
  return reportOn(bundle, cases, results)
}

function runCase(
  one: ParsedCase,
  { bundle, index }: { readonly bundle: Bundle; readonly index: SelectionIndex },
) {
  const selection = selectFromIndex(index, { texts: textsOf(one.golden) }, bundle.selection)
  const full = selection.sections.filter((selected) => selected.full)
  const shown = new Set(full.map(({ section }) => section.id))
  const expected = one.golden.expect.sections ?? null
  const missing = (expected ?? []).filter((id) => !shown.has(id))
  const needless =
    expected?.length === 0
      ? full
          .filter(({ section }) => !section.always)
          .map(({ section, reason }) => ({ section: section.id, reason }))
      : []
  const failed = missing.length + needless.length > 0
  const outcome = expected === null ? 'skipped' : failed ? 'failed' : 'passed'
  const result: CaseResult = { id: one.golden.id, place: one.place, outcome, missing, needless }
  return { result, expected }
}

function reportOn(
  bundle: Bundle,
  cases: readonly ParsedCase[],
  results: readonly ReturnType<typeof runCase>[],
): CasesReport {
  const negatives = results.filter(({ expected }) => expected?.length === 0)
  const expected = countById(results.map((one) => one.expected ?? []))
  const missing = countById(results.map(({ result }) => result.missing))
  const needless = countById(
    negatives.map(({ result }) => result.needless.map(({ section }) => section)),
  )
  const sections = bundle.sections.map(({ id }): SectionFigures => {
    const wanted = expected.get(id) ?? 0
    return {
      section: id,
      expected: wanted,
      found: wanted - (missing.get(id) ?? 0),
      negatives: negatives.length,
      needless: needless.get(id) ?? 0,
    }
  })
  return {
    cases: results.map(({ result }) => result),
    sections,
    decisionsSkipped: cases.filter(({ golden }) => golden.expect.decision ?? golden.expect.clauses)
      .length,
  }
}

/** By id: in how many of the lists it stands. */
function countById(lists: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const list of lists) {
    for (const id of new Set(list)) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

function textsOf(golden: GoldenCase): readonly { readonly role: string; readonly text: string }[] {
  return golden.messages.map(({ role, content }) => {
    if (typeof content === 'string') return { role, text: content }
    const texts = (content ?? []).map((part) => (typeof part.text === 'string' ? part.text : ''))
    return { role, text: texts.join('\n') }
  })
}
