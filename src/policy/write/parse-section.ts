/**
 * One section file (YAML front matter, then Markdown under fixed headings) to a section with the lines it came from. Pure.
 * Text that no heading claims is an error: dropped in silence, it would be a rule that nobody applies.
 */

import type { Clause, Section } from '../section.ts'
import { type FrontMatter, frontMatterSchema, SECTION_EXAMPLES } from './authored.ts'
import { type Block, renderBlocks } from './canonical.ts'
import { INDENT_FAULT, ITEM_IN_ITEM } from './line-fault.ts'
import { collapseSpace, type NumberedLine, numberLines } from './lines.ts'
import { unreadable } from './policy-file.ts'
import { errorAt, type Place, type PolicyFile, type Problem } from './problem.ts'
import { readMarkdown } from './read-markdown.ts'
import { readYaml } from './read-yaml.ts'
import { headingOf, knownHeadings, STYLES, sectionHeading } from './section-headings.ts'

export type ParsedSection = {
  readonly section: Section
  readonly file: string
  /** The place of a front-matter field. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place
  /** The line of each heading that is there, by its name in lower case. */
  readonly headings: ReadonlyMap<string, number>
  /** Parallel to the section's clauses. */
  readonly clausePlaces: readonly Place[]
  /** False where part of the body was refused: what it lacks may stand there. */
  readonly isWhole: boolean
  /** Every block of the body under its heading, for checks that must name a line. */
  readonly blocks: readonly { readonly heading: string; readonly block: Block }[]
}

export type SectionReading = {
  readonly parsed: ParsedSection | null
  readonly problems: readonly Problem[]
}

type Part = { readonly line: number; readonly blocks: readonly Block[] }

const SIDES: readonly (readonly [string, Clause['side']])[] = [
  ['allowed', 'allowed'],
  ['disallowed', 'disallowed'],
  ['safe completion', 'safe_completion'],
]

const NO_ID = 'Begin each rule with its id in bold: - **ABC1** …'
const CLAUSE_LIKE = /^\s*(\p{L}{2,8})[\s.-]?\p{Nd}{1,3}\s*(?:[.:)]\s*)?$/u
const CLAUSE = /^\*\*([^*\s]+)\*\*\s*(.*)$/s

export function parseSection(file: PolicyFile): SectionReading {
  const broken = unreadable(file)
  if (broken) return { parsed: null, problems: [broken] }
  const lines = numberLines(file.text)
  const end = lines.findIndex((line, index) => index > 0 && line.text.trimEnd() === '---')
  const fault = headFault(lines, end)
  if (fault) {
    const { line, message, mended } = fault
    return { parsed: null, problems: [errorAt({ file: file.path, line }, message, mended)] }
  }
  const front = readYaml(
    {
      file: file.path,
      text: lines
        .slice(1, end)
        .map((line) => line.text)
        .join('\n'),
      firstLine: 2,
    },
    { schema: frontMatterSchema, examples: SECTION_EXAMPLES },
  )
  const body = readParts(file.path, lines.slice(end + 1))
  const clauses = readClauses(file.path, body.parts)
  const bold = checkBold(file.path, { parts: body.parts, id: front.value?.id ?? null })
  const found = [...body.problems, ...clauses.problems, ...bold]
  const problems = [...front.problems, ...onePerSlip(found)]
  if (!front.value) return { parsed: null, problems }
  const parsed: ParsedSection = {
    section: sectionOf(front.value, { parts: body.parts, clauses: clauses.clauses }),
    file: file.path,
    placeOf: front.placeOf,
    headings: new Map([...body.parts].map(([heading, part]) => [heading, part.line])),
    clausePlaces: clauses.places,
    isWhole: found.length === 0,
    blocks: [...body.parts].flatMap(([heading, part]) =>
      part.blocks.map((block) => ({ heading, block })),
    ),
  }
  return { parsed, problems }
}

type HeadFault = {
  readonly line: number
  readonly message: string
  readonly mended: string | null
}

/** A line that is meant for ---, whatever its signs are. */
const LINE_ACROSS = /^\s*(?:[—―]|[-–—―_=*~.−](?:\s*[-–—―_=*~.−])+)\s*$/u

/** What keeps the head from being told from the text below it. */
function headFault(lines: readonly NumberedLine[], end: number): HeadFault | null {
  const first = lines.findIndex(({ text }) => text.trim() !== '')
  const opening = lines[first]
  const heading = lines.findIndex(({ text }) => /^#{1,6}\s+\S/.test(text))
  if (opening?.text.trimEnd() !== '---' || first > 0) {
    const isAcross = first === 0 && LINE_ACROSS.test(opening?.text ?? '')
    const message = isAcross
      ? 'Write this line as ---: the head begins with it'
      : 'Begin the file with a line of ---, and the head below it; nothing stands above'
    return { line: 1, message, mended: isAcross ? '---' : null }
  }
  const across = lines.findIndex(
    ({ text }, index) => index > 0 && LINE_ACROSS.test(text) && text.trimEnd() !== '---',
  )
  const isBefore = (limit: number) => limit < 0 || across < limit
  if (across > 0 && isBefore(heading) && isBefore(end)) {
    const message = 'Write this line as ---: the head ends with it'
    return { line: across + 1, message, mended: '---' }
  }
  if (end >= 0 && (heading < 0 || end < heading || !isBody(lines.slice(1, heading)))) return null
  const line = heading < 0 ? 1 : heading + 1
  return { line, message: 'End the head with a line of --- above this one', mended: null }
}

/** True for a head that goes on into the text: its last key is followed by text and no line of ---. */
function isBody(lines: readonly NumberedLine[]): boolean {
  return lines.every(({ text }) => /^(?:[\w-]+:|\s|$)/.test(text))
}

function sectionOf(
  front: FrontMatter,
  body: { readonly parts: ReadonlyMap<string, Part>; readonly clauses: readonly Clause[] },
): Section {
  const textOf = (heading: string) => renderBlocks(body.parts.get(heading)?.blocks ?? [])
  return {
    ...front,
    title: collapseSpace(front.title),
    summary: collapseSpace(front.summary),
    triggers: front.triggers.map(collapseSpace),
    clauses: body.clauses,
    definitions: textOf('definitions'),
    allowed: textOf('allowed'),
    disallowed: textOf('disallowed'),
    safeCompletion: textOf('safe completion'),
    rationale: textOf('rationale'),
    examples: textOf('examples'),
    fallback: textOf('fallback'),
    style: Object.fromEntries(
      Object.entries(STYLES).flatMap(([heading, decision]) =>
        body.parts.has(heading) ? [[decision, textOf(heading)]] : [],
      ),
    ),
  }
}

function readParts(file: string, lines: readonly NumberedLine[]) {
  const { blocks, faults } = readMarkdown(lines)
  const problems = faults.map(({ line, message }) => errorAt({ file, line }, message))
  const parts = new Map<string, { readonly line: number; readonly blocks: Block[] }>()
  let current: Block[] | null = null
  for (const block of blocks) {
    const place = { file, line: block.line }
    const heading = sectionHeading(block)
    if (heading === null) {
      // Whatever follows below the first such text is there for the same reason.
      if (!current)
        problems.push(errorAt(place, `Put this text under a heading: ${knownHeadings()}`))
      current ??= []
      current.push(block)
      continue
    }
    const { name, message } = heading
    const earlier = parts.get(name)
    if (message !== null) problems.push(errorAt(place, message))
    else if (earlier)
      problems.push(errorAt(place, `Merge the repeated heading: ${headingOf(name)}`))
    const part = earlier ?? { line: block.line, blocks: [] }
    if (heading.isKnown) parts.set(name, part)
    current = heading.isKnown ? part.blocks : []
  }
  return { parts, problems }
}

function readClauses(file: string, parts: ReadonlyMap<string, Part>) {
  const clauses: Clause[] = []
  const places: Place[] = []
  const problems: Problem[] = []
  for (const [heading, side] of SIDES) {
    const blocks = parts.get(heading)?.blocks ?? []
    for (const [index, block] of blocks.entries()) {
      if (block.kind !== 'item' || block.level > 0) continue
      const match = CLAUSE.exec(block.text)
      const place = { file, line: block.line }
      if (!match) {
        problems.push(errorAt(place, NO_ID))
        continue
      }
      let end = index + 1
      while ((blocks[end]?.level ?? 0) > 0) end++
      const nested = blocks.slice(index + 1, end)
      const text = [match[2] ?? '', renderBlocks(nested)].filter((one) => one !== '').join('\n')
      if (text === '') problems.push(errorAt(place, `Write the rule after its id: ${match[1]}`))
      clauses.push({ id: match[1] ?? '', side, text })
      places.push(place)
    }
  }
  return { clauses, places, problems }
}

/** One of a line, the first; and none that only follows from what is wrong with the line above it. */
function onePerSlip(problems: readonly Problem[]): readonly Problem[] {
  const first = new Map(problems.toReversed().map((one) => [one.line, one]))
  const told: Problem[] = []
  let fault = { line: 0, spreads: false }
  for (const one of [...first.values()].toSorted((a, b) => a.line - b.line)) {
    const isIndent = one.message.startsWith(INDENT_FAULT)
    const isBelow = fault.line === one.line - 1 && fault.spreads
    const follows = isBelow && (isIndent || one.message === NO_ID)
    if (!follows) told.push(one)
    fault = { line: one.line, spreads: follows || isIndent || one.message === ITEM_IN_ITEM }
  }
  return told
}

/** A clause id in bold that is no clause reads like a rule, and nobody would apply it. */
function checkBold(
  file: string,
  { parts, id }: { readonly parts: ReadonlyMap<string, Part>; readonly id: string | null },
): readonly Problem[] {
  const sides: ReadonlySet<string> = new Set(SIDES.map(([heading]) => heading))
  return [...parts].flatMap(([heading, { blocks }]) => {
    const rules = blocks.filter(({ bold, kind, level }) => {
      const opens = bold.some((one) => one.opens && CLAUSE_LIKE.exec(one.text)?.[1] === id)
      return opens && kind === 'item' && level === 0 && !sides.has(heading)
    })
    const [lost] = rules
    const problems = blocks.flatMap((block) => {
      if (rules.includes(block)) return []
      const isRule = sides.has(heading) && block.kind === 'item' && block.level === 0
      return block.bold
        .filter(({ opens }) => !(isRule && opens))
        .filter(({ text, leads }) => {
          const [, prefix] = CLAUSE_LIKE.exec(text) ?? []
          // Amid a text, a foreign one may be any other word: **MP3**.
          return (
            prefix !== undefined && ((leads && sides.has(heading)) || prefix.toUpperCase() === id)
          )
        })
        .map(({ text, line }) => errorAt({ file, line }, noClause(text)))
    })
    if (!lost) return problems
    const missing = SIDES.map(([side]) => side).filter((side) => !parts.has(side))
    const message = lostRule(lost.bold[0]?.text ?? '', { heading, missing })
    return [...problems, errorAt({ file, line: lost.line }, message)]
  })
}

/** A rule, and what comes with it, where no rules are. */
function lostRule(
  id: string,
  { heading, missing }: { readonly heading: string; readonly missing: readonly string[] },
): string {
  const [first] = missing
  const hint = first === undefined ? '' : `; is ${headingOf(first)} missing above it?`
  return `${noClause(id)}, below ${headingOf(heading)}${hint}`
}

function noClause(text: string): string {
  return `Begin the rule at the margin as "- **${text}** …", under ## Allowed, ## Disallowed or ## Safe completion; where ${text} is only mentioned, write it without asterisks`
}
