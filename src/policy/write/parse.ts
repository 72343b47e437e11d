/**
 * A policy folder, as a neutral list of files, to a parsed policy with the place of everything in it. Pure.
 * It reads on past a problem, so that one run tells an author everything; a file it does not know is an error.
 */
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'
import type { Decision } from '../section.ts'
import {
  type GoldenCase,
  goldenCaseSchema,
  type PolicySettings,
  policySettingsSchema,
} from './authored.ts'
import { markdownLines, readBlocks, renderBlocks } from './markdown.ts'
import { type ParsedSection, parseSection } from './parse-section.ts'
import { compareText, errorAt, type Place, type PolicyFile, type Problem } from './problem.ts'
import { readYaml } from './read-yaml.ts'

export type ParsedCase = {
  readonly golden: GoldenCase
  /** The line as it was written, for the digest of the tests. */
  readonly source: JsonObject
  readonly place: Place
}

export type ParsedPolicy = {
  /** Null when policy.yaml is absent or not valid. */
  readonly settings: PolicySettings | null
  readonly settingsPlaceOf: (path: readonly PropertyKey[]) => Place
  /** In the order of file names. */
  readonly sections: readonly ParsedSection[]
  /** Files under sections/ that could not be read as a section: checks of the whole must allow for them. */
  readonly unreadable: readonly string[]
  readonly style: Partial<Readonly<Record<Decision, string>>>
  readonly cases: readonly ParsedCase[]
}

export type PolicyReading = {
  readonly policy: ParsedPolicy
  readonly problems: readonly Problem[]
}

const SETTINGS_FILE = 'policy.yaml'
const SECTION_FILE = /^sections\/[^/]+\.md$/
const CASES_FILE = /^tests\/[^/]+\.jsonl$/
const IGNORED_FILE = /^(?:README|CHANGELOG)\.md$|(?:^|\/)\./
const STYLE_FILES: Readonly<Record<string, Decision>> = {
  'style/comply.md': 'comply',
  'style/safe-complete.md': 'safe_complete',
  'style/refuse.md': 'refuse',
}

export function parsePolicy(files: readonly PolicyFile[]): PolicyReading {
  const ordered = files.toSorted((a, b) => compareText(a.path, b.path))
  const settings = parseSettings(ordered.find((file) => file.path === SETTINGS_FILE))
  const readings = ordered
    .filter((file) => SECTION_FILE.test(file.path))
    .map((file) => ({ file, reading: parseSection(file) }))
  const cases = ordered.filter((file) => CASES_FILE.test(file.path)).map(parseCases)
  const style = parseStyle(ordered)
  const policy: ParsedPolicy = {
    settings: settings.value,
    settingsPlaceOf: settings.placeOf,
    sections: readings.flatMap(({ reading }) => (reading.parsed ? [reading.parsed] : [])),
    unreadable: readings.flatMap(({ file, reading }) => (reading.parsed ? [] : [file.path])),
    style: style.texts,
    cases: cases.flatMap((one) => one.cases),
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

function parseSettings(file: PolicyFile | undefined) {
  const start: Place = { file: SETTINGS_FILE, line: 1 }
  if (!file) {
    const problems = [errorAt(start, 'Add policy.yaml with id, title, owners and precedence')]
    return { value: null, problems, placeOf: () => start }
  }
  return readYaml({ file: file.path, text: file.text, firstLine: 1 }, policySettingsSchema)
}

function parseStyle(files: readonly PolicyFile[]) {
  const texts: Partial<Record<Decision, string>> = {}
  const problems: Problem[] = []
  for (const [path, decision] of Object.entries(STYLE_FILES)) {
    const file = files.find((one) => one.path === path)
    const text = renderBlocks(readBlocks(markdownLines(file?.text ?? '')))
    if (text === '')
      problems.push(errorAt({ file: path, line: 1 }, 'Write how to answer in this file'))
    texts[decision] = text
  }
  return { texts, problems }
}

function parseCases(file: PolicyFile) {
  const cases: ParsedCase[] = []
  const problems: Problem[] = []
  for (const line of markdownLines(file.text)) {
    if (line.text.trim() === '') continue
    const place = { file: file.path, line: line.number }
    const json = parseJson(line.text)
    if (!json.ok || !isJsonObject(json.value)) {
      problems.push(errorAt(place, 'Write one JSON object on each line'))
      continue
    }
    const parsed = goldenCaseSchema.safeParse(json.value)
    if (parsed.success) cases.push({ golden: parsed.data, source: json.value, place })
    else {
      for (const issue of parsed.error.issues) {
        const path = issue.path.length === 0 ? 'the case' : issue.path.join('.')
        problems.push(errorAt(place, `Correct ${path}: ${issue.message}`))
      }
    }
  }
  return { cases, problems }
}
