/**
 * Every rule of `chambers policy check` that a single file cannot break alone: ids, references, precedence, both sides,
 * golden cases. Pure. The advice that bars nothing is in check-prose.ts.
 */

import { amountOf, type Steps } from '../../lib/in-turns.ts'
import { nearest } from '../../lib/nearest.ts'
import type { Section } from '../section.ts'
import type { ParsedPolicy } from '../write/parse.ts'
import type { ParsedSection } from '../write/parse-section.ts'
import { errorAt, type Place, type Problem } from '../write/problem.ts'
import { proseInSteps } from './check-prose.ts'
import { triggersInSteps } from './check-triggers.ts'
import { findCycles } from './find-cycles.ts'

/** Interrupted after each section and each rule. */
export function* checkInSteps(parsed: ParsedPolicy): Steps<readonly Problem[]> {
  const { policy, misnamed } = withMeantIds(parsed)
  const known = knownIds(policy)
  const problems: (readonly Problem[])[] = [misnamed]
  for (const check of WHOLE) {
    problems.push(check(policy, known))
    yield amountOf(policy.sections.length + policy.cases.length)
  }
  for (const one of policy.sections) {
    problems.push(checkOverrides(one, known), checkMentions(one, known))
    yield amountOf(one.section.overrides.length + lengthOf(one))
  }
  problems.push(yield* triggersInSteps(policy), yield* proseInSteps(policy))
  return problems.flat()
}

const WHOLE = [
  checkSectionsExist,
  checkIds,
  checkSides,
  checkPrecedence,
  checkCycles,
  checkCases,
] as const

/**
 * Each section under the id that its file and its rules give it, where its head gives another that nothing else knows: one wrong
 * letter there would else be told of every place that names the section.
 */
function withMeantIds(policy: ParsedPolicy) {
  const misnamed: Problem[] = []
  const taken = new Set(policy.sections.map(({ section }) => section.id))
  const ranks = new Set(policy.settings?.precedence)
  const sections = policy.sections.map((one): ParsedSection => {
    const { id, clauses } = one.section
    const meant = one.file.slice(one.file.lastIndexOf('/') + 1, -'.md'.length).toUpperCase()
    const isOwn = ranks.has(id) || clauses.some((clause) => isOwnClause(clause.id, { id }))
    const isMeant = clauses.some((clause) => isOwnClause(clause.id, { id: meant }))
    if (meant === id || isOwn || !isMeant || taken.has(meant)) return one
    const message = `Write the id ${meant} instead of ${id}, as the file and its rules have it`
    misnamed.push(errorAt(one.placeOf(['id']), message))
    return { ...one, section: { ...one.section, id: meant } }
  })
  return { policy: { ...policy, sections }, misnamed }
}

/** What every rule asks for, looked up once. */
type Known = {
  readonly sections: ReadonlySet<string>
  readonly clauses: ReadonlySet<string>
  /** Sections of whose text something was refused. */
  readonly broken: ReadonlySet<string>
  /** Paths in lower case that could not be read as a section. */
  readonly unreadable: ReadonlySet<string>
  /** By section: the first of its places in precedence. */
  readonly ranks: ReadonlyMap<string, number>
}

function knownIds({ sections, unreadable, settings }: ParsedPolicy): Known {
  const ranks = [...(settings?.precedence ?? []).entries()].toReversed()
  return {
    sections: new Set(sections.map(({ section }) => section.id)),
    clauses: new Set(sections.flatMap(({ section }) => section.clauses.map(({ id }) => id))),
    broken: new Set(sections.flatMap((one) => (hasSoundIds(one) ? [] : one.section.id))),
    unreadable: new Set(unreadable.map((path) => path.toLowerCase())),
    ranks: new Map(ranks.map(([at, id]) => [id, at])),
  }
}

/** False where a rule stands whose id could not be told: what is missing may be meant by it. */
function hasSoundIds({ section, isWhole }: ParsedSection): boolean {
  const ids = section.clauses.map(({ id }) => id)
  return isWhole && new Set(ids).size === ids.length && ids.every((id) => isOwnClause(id, section))
}

function isOwnClause(clause: string, { id }: Pick<Section, 'id'>): boolean {
  return clause.startsWith(id) && /^\d{1,3}$/.test(clause.slice(id.length))
}

function lengthOf({ blocks }: ParsedSection): number {
  return blocks.reduce((sum, { block }) => sum + block.text.length, 0)
}

/** True where an id may belong to a file that could not be read: then a missing reference is no second error. */
function mayExist({ sections, unreadable }: Known, id: string): boolean {
  return sections.has(id) || unreadable.has(`sections/${id.toLowerCase()}.md`)
}

function checkSectionsExist(policy: ParsedPolicy): readonly Problem[] {
  if (policy.sections.length + policy.unreadable.length > 0) return []
  const place = { file: 'sections', line: 1 }
  return [errorAt(place, 'Write at least one section, as sections/<ID>.md')]
}

function checkIds(policy: ParsedPolicy): readonly Problem[] {
  const sections = policy.sections.map((one) => ({
    id: one.section.id,
    place: one.placeOf(['id']),
  }))
  const clauses = policy.sections.flatMap((one) =>
    one.section.clauses.map((clause, index) => ({
      id: clause.id,
      place: one.clausePlaces[index] ?? one.placeOf([]),
      section: one.section.id,
    })),
  )
  const misnamed = clauses
    .filter(({ id, section }) => !isOwnClause(id, { id: section }))
    .map((clause) =>
      errorAt(
        clause.place,
        `Name the clause by its section and a number, like ${clause.section}1: ${clause.id}`,
      ),
    )
  return [
    ...duplicates('section', sections),
    ...duplicates('clause', clauses),
    ...duplicates(
      'golden case',
      policy.cases.map((one) => ({ id: one.golden.id, place: one.place })),
    ),
    ...misnamed,
  ]
}

function duplicates(
  kind: string,
  items: readonly { readonly id: string; readonly place: Place }[],
): readonly Problem[] {
  const first = new Map<string, Place>()
  return items.flatMap(({ id, place }) => {
    const earlier = first.get(id)
    if (!earlier) {
      first.set(id, place)
      return []
    }
    const where = `${earlier.file}:${earlier.line}`
    return [errorAt(place, `Give this ${kind} an id of its own: ${id} is taken at ${where}`)]
  })
}

function checkSides(policy: ParsedPolicy): readonly Problem[] {
  return policy.sections
    .filter(({ isWhole }) => isWhole)
    .flatMap((one) => {
      const place = (heading: string) => ({
        file: one.file,
        line: one.headings.get(heading) ?? one.placeOf(['id']).line,
      })
      const problems: Problem[] = []
      for (const side of ['allowed', 'disallowed'] as const) {
        if (one.section.clauses.some((clause) => clause.side === side)) continue
        const heading = side === 'allowed' ? '## Allowed' : '## Disallowed'
        const rule = `- **${one.section.id}1** …`
        problems.push(
          errorAt(
            place(side),
            `Draw both sides of the line: add a rule (${rule}) under ${heading}`,
          ),
        )
      }
      if (one.section.fallback === '') {
        const message = 'Add ## Fallback: what is said when nothing better can be'
        problems.push(errorAt(place('fallback'), message))
      }
      return problems
    })
}

function checkPrecedence(policy: ParsedPolicy, known: Known): readonly Problem[] {
  const { settings } = policy
  if (!settings) return []
  const placeOf = (index: number) => policy.settingsPlaceOf(['precedence', index])
  const problems: Problem[] = []
  const ranked = policy.sections.map(({ section }) => section.id)
  const missing = new Set(ranked.filter((id) => !known.ranks.has(id)))
  for (const [index, id] of settings.precedence.entries()) {
    if (known.ranks.get(id) !== index) {
      problems.push(errorAt(placeOf(index), `List the section once in precedence: ${id}`))
    } else if (!mayExist(known, id)) {
      const meant = nearest(id, [...missing]) ?? (missing.size === 1 ? [...missing][0] : undefined)
      const message =
        meant === undefined
          ? `Remove from precedence what is no section: ${id}`
          : `Write ${meant} instead of ${id} in precedence: there is no section ${id}`
      if (meant !== undefined) missing.delete(meant)
      problems.push(errorAt(placeOf(index), message))
    }
  }
  if (missing.size > 0) {
    const place = policy.settingsPlaceOf(['precedence'])
    const sections = missing.size === 1 ? 'the section' : 'these sections'
    problems.push(errorAt(place, `Place ${sections} in precedence: ${[...missing].join(', ')}`))
  }
  return problems
}

function checkOverrides(one: ParsedSection, known: Known): readonly Problem[] {
  const rank = (id: string) => known.ranks.get(id) ?? -1
  const self = one.section.id
  return one.section.overrides.flatMap((id, index) => {
    const problem = (message: string) => [errorAt(one.placeOf(['overrides', index]), message)]
    if (!mayExist(known, id)) return problem(`Remove from overrides what is no section: ${id}`)
    if (id === self) return problem(`Remove the section from its own overrides: ${id}`)
    if (rank(self) < 0 || rank(id) < 0 || rank(self) < rank(id)) return []
    return problem(
      `Place ${self} before ${id} in precedence, or drop the override: they contradict each other`,
    )
  })
}

function checkCycles({ sections }: ParsedPolicy): readonly Problem[] {
  const overrides = new Map(sections.map(({ section }) => [section.id, section.overrides]))
  const cyclic = findCycles(overrides)
  return sections
    .filter(({ section: { id, overrides } }) => cyclic.has(id) && !overrides.includes(id))
    .map((one) => {
      const { id } = one.section
      const message = `Break the cycle of overrides that leads from ${id} back to itself`
      return errorAt(one.placeOf(['overrides']), message)
    })
}

/** True where an id may stand in what was refused of a section's text: to miss it would be a second error for one slip. */
function mayStand({ broken }: Known, id: string): boolean {
  return broken.has(id.replace(/(?<!\d)\d+$/, ''))
}

/** Clause ids named in running text, like (GEN2), must exist: a rule is never renumbered. */
function checkMentions(one: ParsedSection, known: Known): readonly Problem[] {
  return one.blocks.flatMap(({ block }) => {
    const mentions = block.text.matchAll(/(?<!\*\*)\b([A-Z]{2,8})(\d{1,3})\b/g)
    return [...mentions]
      .filter(([id, prefix]) => known.sections.has(prefix ?? '') && !known.clauses.has(id))
      .filter(([id]) => !mayStand(known, id))
      .map(([id]) =>
        errorAt({ file: one.file, line: block.line }, `Name a clause that exists instead of ${id}`),
      )
  })
}

function checkCases(policy: ParsedPolicy, known: Known): readonly Problem[] {
  const unreadable = policy.unreadable.length > 0
  const dangling = policy.cases.flatMap(({ golden, place }) => [
    ...(golden.expect.sections ?? [])
      .filter((id) => !mayExist(known, id))
      .map((id) => errorAt(place, `Expect a section that exists instead of ${id}`)),
    ...(golden.expect.clauses ?? [])
      .filter((id) => !known.clauses.has(id) && !unreadable && !mayStand(known, id))
      .map((id) => errorAt(place, `Expect a clause that exists instead of ${id}`)),
    ...(Object.keys(golden.expect).length === 0
      ? [errorAt(place, 'Expect something: sections, decision or clauses')]
      : []),
  ])
  const tested = new Set(policy.cases.flatMap(({ golden }) => golden.expect.sections ?? []))
  // A section that none expects may be meant by what is none.
  const isWhole = !policy.hasBrokenCases && dangling.length === 0
  const untested = policy.sections
    .filter((one) => isWhole && !tested.has(one.section.id))
    .map((one) =>
      errorAt(
        one.placeOf(['id']),
        `Add a golden case to tests/*.jsonl that expects this section: ${one.section.id}`,
      ),
    )
  return [...dangling, ...untested]
}
