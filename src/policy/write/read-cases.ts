/**
 * The golden cases of a file, one JSON object a line, each problem with its line and what to write instead. Pure.
 * What a line could have been is guessed at only to say it: a case that cannot be read is none.
 */
import type * as z from 'zod'
import { amountOf, type Steps } from '../../lib/in-turns.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'
import { nearest } from '../../lib/nearest.ts'
import { advise, withValue } from './advice.ts'
import { CASE_EXAMPLES, type GoldenCase, goldenCaseSchema } from './authored.ts'
import { type NumberedLine, numberLines } from './lines.ts'
import { unreadable } from './policy-file.ts'
import { errorAt, type Place, type PolicyFile, type Problem } from './problem.ts'
import { keysOf, readingOf, schemaAt } from './readings.ts'

export type ParsedCase = {
  readonly golden: GoldenCase
  /** The line as it was written, for the digest of the tests. */
  readonly source: JsonObject
  readonly place: Place
}

export type CasesReading = {
  readonly cases: readonly ParsedCase[]
  readonly problems: readonly Problem[]
}

/** Interrupted after each line. */
export function* readCasesInSteps(file: PolicyFile): Steps<CasesReading> {
  const cases: ParsedCase[] = []
  const problems: Problem[] = []
  const broken = unreadable(file)
  if (broken) return { cases, problems: [broken] }
  const lines = numberLines(file.text).filter(({ text }) => text.trim() !== '')
  const [first] = lines
  if (first?.text.trimStart().startsWith('[')) {
    const message =
      'Write each case on a line of its own, without [ and ] around them and commas between them'
    return { cases, problems: [errorAt({ file: file.path, line: first.number }, message)] }
  }
  let isStray = false
  for (const [index, line] of lines.entries()) {
    const place = { file: file.path, line: line.number }
    const json = parseJson(line.text)
    yield amountOf(line.text.length)
    if (!json.ok || !isJsonObject(json.value)) {
      // What does not even begin like a case is one slip with the line above it.
      const isStart = line.text.trimStart().startsWith('{')
      if (!isStart && isStray) continue
      isStray = !isStart || isSpread(line.text)
      const end = isStray ? endOfSpread(lines.slice(index)) : null
      const message =
        end === null
          ? `Write one JSON object on each line${hintAt(line.text)}`
          : `Write each case whole on one line: this one goes on to line ${end}`
      problems.push(errorAt(place, message))
      // All others will be written like it.
      if (end !== null) break
      continue
    }
    isStray = false
    const parsed = goldenCaseSchema.safeParse(json.value, { error: advise, reportInput: true })
    if (parsed.success) cases.push({ golden: parsed.data, source: json.value, place })
    else problems.push(...caseProblems(parsed.error.issues, place))
  }
  return { cases, problems }
}

/** Of a case that is written over several lines. */
const MAX_SPREAD = 200

/** True for the beginning of a case that goes on in the next line. */
function isSpread(line: string): boolean {
  return /[{[,:]\s*$/.test(line)
}

/** The line on which a case ends that begins on the first of some; null where none does. */
function endOfSpread(lines: readonly NumberedLine[]): number | null {
  if (!lines[0]?.text.trimStart().startsWith('{')) return null
  let text = ''
  for (const line of lines.slice(0, MAX_SPREAD)) {
    text += `${line.text}\n`
    if (text.length > MAX_HINTED) return null
    if (/^\s*\}/.test(line.text) && parseJson(text).ok) return line.number
  }
  return null
}

const MAX_HINTED = 20_000

/** What would make a case of a line. */
const CUTS: readonly (readonly [mend: (line: string) => string, hint: string])[] = [
  [(line) => `${line}}`, 'with one } more at its end'],
  [(line) => `${line}}}`, 'with two } more at its end'],
  [(line) => line.replace(/\}\s*$/, ''), 'without the last }: it closes nothing'],
  [(line) => line.replace(/^[^{]{0,9}/, ''), 'and nothing before its {'],
  [
    (line) => line.replace(/"(\s{0,9})[=：](?=\s{0,9}["[{])/g, '"$1:'),
    'with a colon : after each name',
  ],
]

function isCase(line: string): boolean {
  const json = parseJson(line)
  return json.ok && isJsonObject(json.value)
}

/** What keeps most lines that people write by hand from being JSON. */
const SLIPS: readonly (readonly [slip: RegExp, hint: string])[] = [
  [/[“”„]/, 'with straight quotes " around names and texts, instead of “ and ”'],
  [/[{,[]\s{0,9}'/, 'with double quotes " around names and texts, instead of \''],
  [/,\s{0,9}[}\]]/, 'without a comma before } and ]'],
  [/["}\]]\s{0,9}"\w{1,20}"\s{0,9}:/, 'with a comma between two fields'],
  [/[{,]\s{0,9}\w{1,20}\s{0,9}:/, 'with double quotes " around the name of each field'],
  [/\}\s{0,9},\s*$/, 'without a comma at its end'],
  [/\}\s{0,9}\{/, 'with a new line between } and {'],
  [/:\s{0,9}(?:True|False|None)\b/, 'with true, false or null in small letters'],
]

function hintAt(line: string): string {
  const text = line.slice(0, MAX_HINTED)
  const slip = CUTS.find(([mend]) => isCase(mend(text)))?.[1]
  if (slip !== undefined) return `, ${slip}`
  const hint = SLIPS.find(([slip]) => slip.test(text))?.[1]
  if (hint !== undefined) return `, ${hint}`
  if (text.trimStart().startsWith('{') && text.trimEnd().endsWith('}')) return quoteHint(text)
  if (!text.trimEnd().endsWith('}')) return ': this one does not end with }'
  return ': this one does not begin with {'
}

/** Of a line that looks like a case, and whose quotes are what is left to be wrong. */
function quoteHint(text: string): string {
  const quotes = text.replace(/\\./g, '').split('"').length - 1
  if (quotes % 2 > 0) return ', with a quote " at both ends of each name and text: one is missing'
  const isInner = /[^\s{[:,\\]"[^\s:,}\]"]|[^\s{[:,\\] "[^:,}\]"]/.test(text)
  return isInner ? ', with \\" in the place of each quote " within a text' : ''
}

function caseProblems(issues: readonly z.core.$ZodIssue[], place: Place): readonly Problem[] {
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ key, path: issue.path })) : [],
  )
  const renamed = new Set<string>()
  const missing = issues.filter(({ input }) => input === undefined)
  const misspelt = unknown.flatMap(({ key, path }) => {
    const wanted = missing.map((issue) => String(issue.path.at(-1)))
    const meant = nearest(key, wanted)
    if (meant === null) {
      const near = nearest(key, keysOf(schemaAt(goldenCaseSchema, path)))
      const hint = near === null ? '' : `; did you mean ${near}?`
      return [
        errorAt(place, `Remove or rename the unknown field: ${sayPath([...path, key])}${hint}`),
      ]
    }
    renamed.add(meant)
    return [errorAt(place, `Write the field ${meant} instead of ${key}`)]
  })
  const others = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return []
    if (issue.input === undefined && renamed.has(String(issue.path.at(-1)))) return []
    if (issue.input === undefined) {
      const name = String(issue.path.at(-1))
      const example = CASE_EXAMPLES[name]
      const hint = example === undefined ? '' : `, as in "${name}":${example}`
      return [errorAt(place, `Add the field ${sayPath(issue.path)}${hint}`)]
    }
    return [errorAt(place, `Correct ${sayPath(issue.path)}: ${adviceFor(issue)}`)]
  })
  return [...misspelt, ...others]
}

function adviceFor(issue: z.core.$ZodIssue): string {
  const field = schemaAt(goldenCaseSchema, issue.path)
  const key = String(issue.path.findLast((step) => typeof step === 'string') ?? '')
  const reading =
    field && issue.input !== undefined && readingOf({ value: issue.input, key }, field)
  if (reading) return withValue(issue.message, JSON.stringify(reading.value))
  const example = CASE_EXAMPLES[key]
  return issue.code === 'invalid_type' && example
    ? `write it as "${key}":${example}`
    : issue.message
}

/** `messages.0.role` in words: the role of message 1. */
function sayPath(path: readonly PropertyKey[]): string {
  const [list, at, ...rest] = path
  if (list === 'messages' && typeof at === 'number') {
    return `${rest.length > 0 ? `${rest.map(String).join('.')} of ` : ''}message ${at + 1}`
  }
  const words = path.filter((step) => typeof step === 'string')
  const item = path.find((step) => typeof step === 'number')
  const name = words.length === 0 ? 'the case' : words.join('.')
  return item === undefined ? name : `item ${item + 1} of ${name}`
}
