/**
 * The golden cases of a file, one JSON object a line, each problem with its line and what to write instead. Pure.
 * What a line could have been is guessed at only to say it: a case that cannot be read is none.
 */
import type * as z from 'zod'
import { amountOf, type Steps } from '../../lib/in-turns.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'
import { nearest } from '../../lib/nearest.ts'
import { advise, withValue } from './advice.ts'
import { type GoldenCase, goldenCaseSchema } from './authored.ts'
import { numberLines } from './lines.ts'
import { plainValue } from './mended-line.ts'
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
  for (const line of lines) {
    const place = { file: file.path, line: line.number }
    const json = parseJson(line.text)
    yield amountOf(line.text.length)
    if (!json.ok || !isJsonObject(json.value)) {
      problems.push(errorAt(place, `Write one JSON object on each line${hintAt(line.text)}`))
      continue
    }
    const parsed = goldenCaseSchema.safeParse(json.value, { error: advise, reportInput: true })
    if (parsed.success) cases.push({ golden: parsed.data, source: json.value, place })
    else problems.push(...caseProblems(parsed.error.issues, place))
  }
  return { cases, problems }
}

const MAX_HINTED = 20_000

/** What keeps most lines that people write by hand from being JSON. */
const SLIPS: readonly (readonly [slip: RegExp, hint: string])[] = [
  [/[“”„]/, 'with straight quotes " around names and texts, instead of “ and ”'],
  [/[{,[]\s{0,9}'/, 'with double quotes " around names and texts, instead of \''],
  [/,\s{0,9}[}\]]/, 'without a comma before } and ]'],
  [/["}\]]\s{0,9}"\w{1,20}"\s{0,9}:/, 'with a comma between two fields'],
  [/[{,]\s{0,9}\w{1,20}\s{0,9}:/, 'with double quotes " around the name of each field'],
  [/\}\s{0,9},\s*$/, 'without a comma at its end'],
]

function hintAt(line: string): string {
  const text = line.slice(0, MAX_HINTED)
  const hint = SLIPS.find(([slip]) => slip.test(text))?.[1]
  if (hint !== undefined) return `, ${hint}`
  if (!text.trimEnd().endsWith('}')) return ': this one does not end with }'
  return text.trimStart().startsWith('{') ? '' : ': this one does not begin with {'
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
    return [errorAt(place, `Correct ${sayPath(issue.path)}: ${adviceFor(issue)}`)]
  })
  return [...misspelt, ...others]
}

function adviceFor(issue: z.core.$ZodIssue): string {
  const field = schemaAt(goldenCaseSchema, issue.path)
  const key = String(issue.path.findLast((step) => typeof step === 'string') ?? '')
  const reading =
    field && issue.input !== undefined && readingOf({ value: issue.input, key }, field)
  return reading ? withValue(issue.message, plainValue(reading.value)) : issue.message
}

/** `messages.0.role` in words: the role of message 1. */
function sayPath(path: readonly PropertyKey[]): string {
  const [list, at, ...rest] = path
  if (list === 'messages' && typeof at === 'number') {
    return `${rest.length > 0 ? `${rest.map(String).join('.')} of ` : ''}message ${at + 1}`
  }
  return path.length === 0 ? 'the case' : path.map(String).join('.')
}
