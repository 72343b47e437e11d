/**
 * Step 10, hazard: reasoning behind a refusal may work out in full what it then withholds. Such examples are set apart for people to
 * look at, by the severity of the section cited; nothing is cut out of them. Pure.
 */
import { type Decision, SEVERITIES, type Severity } from '../../policy/section.ts'
import { wordsOf } from '../../text/words.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { ExampleStage } from '../stage.ts'
import { sectionOfClause } from './clause-section.ts'
import { createFilterStage } from './filter-stage.ts'

export type HazardOptions = {
  /** Sections below this are let through. */
  readonly from: Severity
  /** How many words of reasoning pass at this severity; each above it halves them. */
  readonly maxWords: number
  /** The severity of sections that no verdict tells of. What nobody knows counts as the highest. */
  readonly severities: Readonly<Record<string, Severity>>
}

export function createHazardStage(options: HazardOptions): ExampleStage {
  return createFilterStage({
    name: 'hazard',
    version: 1,
    faultOf: (example) => (isHazardous(example, options) ? 'hazard_quarantined' : null),
  })
}

function isHazardous(example: Example, options: HazardOptions): boolean {
  // Each reasoning that a row may hold, since a pair shows both.
  return [example.chosen, ...example.rejected].some((one) => {
    const decision = one.decision ?? example.decision
    if (one.reasoning === null || !holdsBack(decision)) return false
    const above = rankOf(severityOf(one, example, options)) - rankOf(options.from)
    if (above < 0) return false
    const words = wordsOf(one.reasoning).length
    return words > options.maxWords / 2 ** above || isActionable(one.reasoning)
  })
}

function holdsBack(decision: Decision | null): boolean {
  return decision === 'refuse' || decision === 'safe_complete'
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

/** The highest of the sections cited; of the example's own section where none is. */
function severityOf(
  { citedClauses, attempt }: ExampleCompletion,
  { section }: Example,
  { severities }: HazardOptions,
): Severity {
  const found = new Map<string, Severity>()
  for (const finding of (attempt?.verdicts ?? []).flatMap(({ findings }) => findings)) {
    found.set(sectionOfClause(finding.clause), finding.severity)
  }
  const cited = citedClauses.map(sectionOfClause)
  const ids = cited.length > 0 ? cited : section === null ? [] : [section]
  const known = ids.map((id) => found.get(id) ?? severities[id] ?? 'critical')
  return known.toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? 'critical'
}

const AMOUNT =
  /(?<![\w.])\d+(?:[.,]\d+)?\s?(?:mg|µg|mcg|g|kg|ml|l|litres?|liters?|grams?|%|°\s?[CF]|bar|psi|volts?|mol|molar)(?!\w)/giu
const STEP =
  /^[^\S\r\n\u2028\u2029]*(?:\d{1,2}[.)]|step \d{1,2}\b|schritt \d|étape \d|paso \d|passo \d|шаг \d|第.步|步骤)/gimu
const CODE = /```|^[^\S\r\n\u2028\u2029]*(?:\$|#!|>>>) ?\S+/mu
const FORMULA = /(?<![A-Za-z])(?:[A-Z][a-z]?\d{1,2}){2,}(?![a-z])/gu

const MANY_AMOUNTS = 3
const MANY_STEPS = 5
const MANY_FORMULAS = 2

/** Amounts, recipes, code: what somebody could act on. The three stages of a deliberation are no recipe. */
function isActionable(reasoning: string): boolean {
  return (
    CODE.test(reasoning) ||
    countOf(reasoning, AMOUNT) >= MANY_AMOUNTS ||
    countOf(reasoning, STEP) >= MANY_STEPS ||
    countOf(reasoning, FORMULA) >= MANY_FORMULAS
  )
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
