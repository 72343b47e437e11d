/**
 * A policy folder, as a neutral list of files, to a parsed policy with the place of everything in it. Pure.
 * It reads on past a problem, so that one run tells an author everything; a file it does not know is an error.
 */
import { amountOf, type Steps } from '../../lib/in-turns.ts'
import type { Decision } from '../section.ts'
import { type PolicySettings, policySettingsSchema, SETTINGS_EXAMPLES } from './authored.ts'
import { renderBlocks } from './canonical.ts'
import { numberLines } from './lines.ts'
import { type ParsedSection, parseSection, type SectionReading } from './parse-section.ts'
import { isLeftover, unreadable } from './policy-file.ts'
import { compareText, errorAt, type Place, type PolicyFile, type Problem } from './problem.ts'
import { type CasesReading, type ParsedCase, readCasesInSteps } from './read-cases.ts'
import { readMarkdown } from './read-markdown.ts'
import { readYaml, type YamlReading } from './read-yaml.ts'

export type ParsedPolicy = {
  /** Null when policy.yaml is absent or not valid. */
  readonly settings: PolicySettings | null
  readonly settingsPlaceOf: (path: readonly PropertyKey[]) => Place
  /** In the order of file names. */
  readonly sections: readonly ParsedSection[]
  /** Files under sections/ that could not be read as a section: checks of the whole must allow for them. */
  readonly unreadable: readonly string[]
  /** True where a golden case could not be read: what none expects may be expected by it. */
  readonly hasBrokenCases: boolean
  readonly style: Partial<Readonly<Record<Decision, string>>>
  readonly cases: readonly ParsedCase[]
}

export type PolicyReading = {
  readonly policy: ParsedPolicy
  readonly problems: readonly Problem[]
}

const SETTINGS_FILE = 'policy.yaml'

/** What is known of a policy that was not read. */
export const NO_POLICY: ParsedPolicy = {
  settings: null,
  settingsPlaceOf: () => ({ file: SETTINGS_FILE, line: 1 }),
  sections: [],
  unreadable: [],
  hasBrokenCases: false,
  style: {},
  cases: [],
}

const SECTION_FILE = /^sections\/[^/]+\.md$/
const CASES_FILE = /^tests\/[^/]+\.jsonl$/
const IGNORED_FILE = /^(?:README|CHANGELOG)\.md$/
const STYLE_FILES: Readonly<Record<string, Decision>> = {
  'style/comply.md': 'comply',
  'style/safe-complete.md': 'safe_complete',
  'style/refuse.md': 'refuse',
}

/** Interrupted after each section and each few cases, for a folder of a thousand would else hold up all requests. */
export function* parseInSteps(files: readonly PolicyFile[]): Steps<PolicyReading> {
  const ordered = files
    .filter((file) => !isLeftover(file.path))
    .toSorted((a, b) => compareText(a.path, b.path))
  const settings = parseSettings(ordered.find((file) => file.path === SETTINGS_FILE))
  const readings: { readonly file: PolicyFile; readonly reading: SectionReading }[] = []
  for (const file of ordered.filter(({ path }) => SECTION_FILE.test(path))) {
    readings.push({ file, reading: parseSection(file) })
    yield amountOf(file.text.length)
  }
  const cases: CasesReading[] = []
  for (const file of ordered.filter(({ path }) => CASES_FILE.test(path))) {
    cases.push(yield* readCasesInSteps(file))
  }
  const style = parseStyle(ordered)
  const policy: ParsedPolicy = {
    settings: settings.value,
    settingsPlaceOf: settings.placeOf,
    sections: readings.flatMap(({ reading }) => (reading.parsed ? [reading.parsed] : [])),
    unreadable: readings.flatMap(({ file, reading }) => (reading.parsed ? [] : [file.path])),
    style: style.texts,
    cases: cases.flatMap((one) => one.cases),
    hasBrokenCases: cases.some((one) => one.problems.length > 0),
  }
  const problems = [
    ...settings.problems,
    ...readings.flatMap(({ reading }) => reading.problems),
    ...cases.flatMap((one) => one.problems),
    ...style.problems,
    ...ordered.filter((file) => !isKnown(file.path)).map(unknownFile),
  ]
  return { policy, problems }
}

function isKnown(path: string): boolean {
  return (
    path === SETTINGS_FILE ||
    SECTION_FILE.test(path) ||
    CASES_FILE.test(path) ||
    Object.hasOwn(STYLE_FILES, path) ||
    IGNORED_FILE.test(path)
  )
}

function unknownFile(file: PolicyFile): Problem {
  const message =
    'Remove or move this file, which nothing reads: a policy has policy.yaml, sections/*.md, style/comply.md, style/safe-complete.md, style/refuse.md, tests/*.jsonl'
  return errorAt({ file: file.path, line: 1 }, message)
}

function parseSettings(file: PolicyFile | undefined): YamlReading<PolicySettings> {
  const start: Place = { file: SETTINGS_FILE, line: 1 }
  const absent = errorAt(start, 'Add policy.yaml with id, title, owners and precedence')
  const problem = file ? unreadable(file) : absent
  if (!file || problem) {
    return { value: null, problems: problem ? [problem] : [], placeOf: () => start }
  }
  return readYaml(
    { file: file.path, text: file.text, firstLine: 1 },
    { schema: policySettingsSchema, examples: SETTINGS_EXAMPLES },
  )
}

function parseStyle(files: readonly PolicyFile[]) {
  const texts: Partial<Record<Decision, string>> = {}
  const problems: Problem[] = []
  for (const [path, decision] of Object.entries(STYLE_FILES)) {
    const file = files.find((one) => one.path === path) ?? { path, text: '' }
    const broken = unreadable(file)
    const { blocks, faults } = readMarkdown(numberLines(file.text))
    const found = broken
      ? [broken]
      : faults.map(({ line, message }) => errorAt({ file: path, line }, message))
    const text = renderBlocks(blocks)
    if (text === '' && found.length === 0) {
      found.push(errorAt({ file: path, line: 1 }, 'Write how to answer in this file'))
    }
    problems.push(...found)
    texts[decision] = text
  }
  return { texts, problems }
}
