/**
 * Every rule of `chambers policy check` that a single file cannot break alone: ids, references, precedence, both sides,
 * golden cases. Pure. The advice that bars nothing is in check-prose.ts.
 */

import type { ParsedPolicy } from '../write/parse.ts'
import type { ParsedSection } from '../write/parse-section.ts'
import { errorAt, type Place, type Problem } from '../write/problem.ts'
import { checkProse } from './check-prose.ts'

export function checkPolicy(policy: ParsedPolicy): readonly Problem[] {
  return [
    ...checkSectionsExist(policy),
    ...checkIds(policy),
    ...checkSides(policy),
    ...checkPrecedence(policy),
    ...checkOverrides(policy),
    ...checkMentions(policy),
    ...checkCases(policy),
    ...checkProse(policy),
  ]
}

/** True where an id may belong to a file that could not be read: then a missing reference is no second error. */
function mayExist(policy: ParsedPolicy, id: string): boolean {
  return (
    policy.sections.some((one) => one.section.id === id) ||
    policy.unreadable.some((path) => path.toLowerCase() === `sections/${id.toLowerCase()}.md`)
  )
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
    .filter(
      ({ id, section }) => !(id.startsWith(section) && /^\d{1,3}$/.test(id.slice(section.length))),
    )
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

function checkPrecedence(policy: ParsedPolicy): readonly Problem[] {
  const { settings } = policy
  if (!settings) return []
  const placeOf = (index: number) => policy.settingsPlaceOf(['precedence', index])
  const problems: Problem[] = []
  for (const [index, id] of settings.precedence.entries()) {
    if (settings.precedence.indexOf(id) !== index) {
      problems.push(errorAt(placeOf(index), `List the section once in precedence: ${id}`))
    } else if (!mayExist(policy, id)) {
      problems.push(errorAt(placeOf(index), `Remove from precedence what is no section: ${id}`))
    }
  }
  for (const { section } of policy.sections) {
    if (settings.precedence.includes(section.id)) continue
    const place = policy.settingsPlaceOf(['precedence'])
    problems.push(errorAt(place, `Place the section in precedence: ${section.id}`))
  }
  return problems
}

function checkOverrides(policy: ParsedPolicy): readonly Problem[] {
  const rank = (id: string) => policy.settings?.precedence.indexOf(id) ?? -1
  const problems = policy.sections.flatMap((one) =>
    one.section.overrides.flatMap((id, index) => {
      const place = one.placeOf(['overrides', index])
      const self = one.section.id
      if (!mayExist(policy, id)) {
        return [errorAt(place, `Remove from overrides what is no section: ${id}`)]
      }
      if (id === self) return [errorAt(place, `Remove the section from its own overrides: ${id}`)]
      if (rank(self) < 0 || rank(id) < 0 || rank(self) < rank(id)) return []
      return [
        errorAt(
          place,
          `Place ${self} before ${id} in precedence, or drop the override: they contradict each other`,
        ),
      ]
    }),
  )
  return [...problems, ...findCycles(policy.sections)]
}

function findCycles(sections: readonly ParsedSection[]): readonly Problem[] {
  const byId = new Map(sections.map((one) => [one.section.id, one]))
  const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
    (byId.get(from)?.section.overrides ?? []).some((next) => {
      if (next === goal) return true
      if (seen.has(next)) return false
      seen.add(next)
      return reaches(next, goal, seen)
    })
  return sections.flatMap((one) => {
    const { id, overrides } = one.section
    if (overrides.includes(id) || !reaches(id, id, new Set())) return []
    const message = `Break the cycle of overrides that leads from ${id} back to itself`
    return [errorAt(one.placeOf(['overrides']), message)]
  })
}

/** True where an id may stand in what was refused of a section's text: to miss it would be a second error for one slip. */
function mayStand(policy: ParsedPolicy, id: string): boolean {
  return policy.sections.some(
    ({ section, isWhole }) => !isWhole && id.replace(/(?<!\d)\d+$/, '') === section.id,
  )
}

/** Clause ids named in running text, like (GEN2), must exist: a rule is never renumbered. */
function checkMentions(policy: ParsedPolicy): readonly Problem[] {
  const clauses = clauseIdsOf(policy)
  const sections = new Set(policy.sections.map((one) => one.section.id))
  return policy.sections.flatMap((one) =>
    one.blocks.flatMap(({ block }) => {
      const mentions = block.text.matchAll(/(?<!\*\*)\b([A-Z]{2,8})(\d{1,3})\b/g)
      return [...mentions]
        .filter(([id, prefix]) => sections.has(prefix ?? '') && !clauses.has(id))
        .filter(([id]) => !mayStand(policy, id))
        .map(([id]) =>
          errorAt(
            { file: one.file, line: block.line },
            `Name a clause that exists instead of ${id}`,
          ),
        )
    }),
  )
}

function checkCases(policy: ParsedPolicy): readonly Problem[] {
  const clauses = clauseIdsOf(policy)
  const unreadable = policy.unreadable.length > 0
  const dangling = policy.cases.flatMap(({ golden, place }) => [
    ...(golden.expect.sections ?? [])
      .filter((id) => !mayExist(policy, id))
      .map((id) => errorAt(place, `Expect a section that exists instead of ${id}`)),
    ...(golden.expect.clauses ?? [])
      .filter((id) => !clauses.has(id) && !unreadable && !mayStand(policy, id))
      .map((id) => errorAt(place, `Expect a clause that exists instead of ${id}`)),
    ...(Object.keys(golden.expect).length === 0
      ? [errorAt(place, 'Expect something: sections, decision or clauses')]
      : []),
  ])
  const tested = new Set(policy.cases.flatMap(({ golden }) => golden.expect.sections ?? []))
  const untested = policy.sections
    .filter((one) => !tested.has(one.section.id))
    .map((one) =>
      errorAt(
        one.placeOf(['id']),
        `Add a golden case to tests/*.jsonl that expects this section: ${one.section.id}`,
      ),
    )
  return [...dangling, ...untested]
}

function clauseIdsOf(policy: ParsedPolicy): ReadonlySet<string> {
  return new Set(policy.sections.flatMap((one) => one.section.clauses.map((clause) => clause.id)))
}
