/**
 * Which sections of a policy fall short of the shares its golden cases must reach. Pure.
 * A section that no case speaks of falls short of nothing here: that it has a case is for the checks to ask.
 */
import { DEFAULT_THRESHOLDS } from '../defaults.ts'
import type { TestSettings, TestThresholds } from '../section.ts'
import type { CaseResult, CasesReport } from './run-cases.ts'

/** Cases that expect no section count together, under this word. */
export const NO_SECTION = 'none'

export type Shortfall<Case> = {
  readonly section: string
  readonly share: keyof TestThresholds
  /** So many cases held, of so many, and this share was wanted. */
  readonly held: number
  readonly of: number
  readonly wanted: number
  readonly failing: readonly Case[]
}

/** The sections that came up too rarely, or too often where they should not. */
export function selectionShortfalls(
  report: CasesReport,
  settings: TestSettings | undefined,
): readonly Shortfall<CaseResult>[] {
  const missing = groupBySection(report.cases, (one) => one.missing)
  const intrusive = groupBySection(report.cases, (one) => one.needless.map((got) => got.section))
  return report.sections.flatMap(({ section, expected, found, negatives, needless }) => {
    const { recall, permit } = thresholdsOf(section, settings)
    const kept = negatives - needless
    return short([
      {
        section,
        share: 'recall',
        held: found,
        of: expected,
        wanted: recall,
        failing: missing(section),
      },
      {
        section,
        share: 'permit',
        held: kept,
        of: negatives,
        wanted: permit,
        failing: intrusive(section),
      },
    ])
  })
}

function groupBySection(
  cases: readonly CaseResult[],
  sectionsOf: (one: CaseResult) => readonly string[],
): (section: string) => readonly CaseResult[] {
  const groups = new Map<string, CaseResult[]>()
  for (const one of cases) {
    for (const section of new Set(sectionsOf(one))) {
      const group = groups.get(section) ?? []
      group.push(one)
      groups.set(section, group)
    }
  }
  return (section) => groups.get(section) ?? []
}

/** The sections in which too few cases were decided as expected. */
export function decisionShortfalls<Case>(
  results: readonly {
    readonly case: Case
    readonly sections: readonly string[]
    readonly held: boolean
  }[],
  settings: TestSettings | undefined,
): readonly Shortfall<Case>[] {
  const groups = Map.groupBy(
    results.flatMap((result) =>
      (result.sections.length > 0 ? result.sections : [NO_SECTION]).map((section) => ({
        section,
        result,
      })),
    ),
    ({ section }) => section,
  )
  return [...groups].flatMap(([section, members]) => {
    const failing = members.filter(({ result }) => !result.held).map(({ result }) => result.case)
    const wanted = thresholdsOf(section, settings).decisions
    const of = members.length
    return short([{ section, share: 'decisions', held: of - failing.length, of, wanted, failing }])
  })
}

function thresholdsOf(section: string, settings: TestSettings | undefined): TestThresholds {
  return { ...(settings ?? DEFAULT_THRESHOLDS), ...settings?.sections[section] }
}

function short<Case>(shares: readonly Shortfall<Case>[]): readonly Shortfall<Case>[] {
  return shares.filter(({ held, of, wanted }) => of > 0 && held / of < wanted)
}
