/**
 * One section file (YAML front matter, then Markdown under fixed headings) to a section with the lines it came from. Pure.
 * Text that no heading claims is an error: dropped in silence, it would be a rule that nobody applies.
 */

import type { Clause, Decision, Section } from '../section.ts'
import { frontMatterSchema } from './authored.ts'
import {
  type Block,
  collapseSpace,
  type MarkdownLine,
  markdownLines,
  readBlocks,
  renderBlocks,
} from './markdown.ts'
import { errorAt, type Place, type PolicyFile, type Problem } from './problem.ts'
import { readYaml } from './read-yaml.ts'

export type ParsedSection = {
  readonly section: Section
  readonly file: string
  /** The place of a front-matter field. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place
  /** The line of each heading that is there, by its name in lower case. */
  readonly headings: ReadonlyMap<string, number>
  /** Parallel to the section's clauses. */
  readonly clausePlaces: readonly Place[]
  /** Every block of the body under its heading, for checks that must name a line. */
  readonly blocks: readonly { readonly heading: string; readonly block: Block }[]
}

export type SectionReading = {
  readonly parsed: ParsedSection | null
  readonly problems: readonly Problem[]
}

type Part = { readonly line: number; readonly blocks: readonly Block[] }

const HEADINGS = [
  'definitions',
  'allowed',
  'disallowed',
  'safe completion',
  'rationale',
  'examples',
  'fallback',
] as const

const SIDES: readonly (readonly [string, Clause['side']])[] = [
  ['allowed', 'allowed'],
  ['disallowed', 'disallowed'],
  ['safe completion', 'safe_completion'],
]

const STYLES: Readonly<Record<string, Decision>> = {
  'style: comply': 'comply',
  'style: safe-complete': 'safe_complete',
  'style: refuse': 'refuse',
}

const KNOWN: ReadonlySet<string> = new Set([...HEADINGS, ...Object.keys(STYLES)])
const CLAUSE = /^\*\*([^*\s]+)\*\*\s*(.*)$/s

export function parseSection(file: PolicyFile): SectionReading {
  const lines = markdownLines(file.text)
  const end = lines.findIndex((line, index) => index > 0 && line.text.trimEnd() === '---')
  if (lines[0]?.text.trimEnd() !== '---' || end < 0) {
    const message = 'Begin the file with front matter between two lines of ---'
    return { parsed: null, problems: [errorAt({ file: file.path, line: 1 }, message)] }
  }
  const yaml = lines.slice(1, end).map((line) => line.text)
  const front = readYaml(
    { file: file.path, text: yaml.join('\n'), firstLine: 2 },
    frontMatterSchema,
  )
  const body = readParts(file.path, lines.slice(end + 1))
  const clauses = readClauses(file.path, body.parts)
  const problems = [...front.problems, ...body.problems, ...clauses.problems]
  if (!front.value) return { parsed: null, problems }

  const textOf = (heading: string) => renderBlocks(body.parts.get(heading)?.blocks ?? [])
  const section: Section = {
    ...front.value,
    title: collapseSpace(front.value.title),
    summary: collapseSpace(front.value.summary),
    triggers: front.value.triggers.map(collapseSpace),
    clauses: clauses.clauses,
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
  const parsed: ParsedSection = {
    section,
    file: file.path,
    placeOf: front.placeOf,
    headings: new Map([...body.parts].map(([heading, part]) => [heading, part.line])),
    clausePlaces: clauses.places,
    blocks: [...body.parts].flatMap(([heading, part]) =>
      part.blocks.map((block) => ({ heading, block })),
    ),
  }
  return { parsed, problems }
}

function readParts(file: string, lines: readonly MarkdownLine[]) {
  const parts = new Map<string, Part>()
  const problems: Problem[] = []
  let current: { heading: string; line: number; blocks: Block[] } | null = null
  for (const block of readBlocks(lines)) {
    const place = { file, line: block.line }
    if (block.kind === 'heading' && block.marker.length <= 2) {
      const heading = block.text.toLowerCase()
      current = { heading, line: block.line, blocks: [] }
      if (block.marker !== '##' || !KNOWN.has(heading)) {
        problems.push(
          errorAt(
            place,
            `Use a known heading instead of "${block.marker} ${block.text}": ${knownHeadings()}`,
          ),
        )
      } else if (parts.has(heading)) {
        problems.push(errorAt(place, `Merge the repeated heading: ## ${block.text}`))
      } else parts.set(heading, current)
    } else if (current) current.blocks.push(block)
    else problems.push(errorAt(place, `Put this text under a heading: ${knownHeadings()}`))
  }
  return { parts, problems }
}

function knownHeadings(): string {
  return [...KNOWN]
    .map((heading) => `## ${heading.charAt(0).toUpperCase()}${heading.slice(1)}`)
    .join(', ')
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
        problems.push(errorAt(place, 'Begin each rule with its id in bold: - **ABC1** …'))
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
