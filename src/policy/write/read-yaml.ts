/**
 * YAML through a strict schema, every problem with its line. Pure.
 * Aliases are refused: they make a document mean something other than what stands at the line a reviewer reads.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type * as z from 'zod'
import { nearest } from '../../lib/nearest.ts'
import { advise, adviseYaml, withValue } from './advice.ts'
import { mendedLine, plainValue } from './mended-line.ts'
import { errorAt, type Place, type Problem, sortProblems } from './problem.ts'
import { keysOf, readingOf, schemaAt } from './readings.ts'

export type YamlSource = {
  readonly file: string
  readonly text: string
  /** The line of the file on which the text begins. */
  readonly firstLine: number
}

export type YamlReading<Value> = {
  /** Null when there was any problem. */
  readonly value: Value | null
  readonly problems: readonly Problem[]
  /** The place of a field; of its nearest parent where the field is absent. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place
}

/** Triggers by the hundred stay well below; to read what is much longer would hold everybody up. */
const MAX_CHARACTERS = 100_000

/** Of a longer text nobody can guess what it should have been. */
const LONGEST_GUESS = 30

/** Of one map: whoever has more of them has sent something else. */
const MAX_UNKNOWN_KEYS = 100

export type YamlForm<Value> = {
  readonly schema: z.ZodType<Value>
  /** By key, how a line of it may look: told where the key is missing. */
  readonly examples: Readonly<Record<string, string>>
}

export function readYaml<Value>(source: YamlSource, form: YamlForm<Value>): YamlReading<Value> {
  if (source.text.length > MAX_CHARACTERS) return tooLong(source)
  const lineCounter = new LineCounter()
  // Left to the library, keys are compared each with every other: a file of many would be read for minutes.
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false }
  const document = parseDocument(source.text, options)
  const placeAt = (offset: number) => ({
    file: source.file,
    line: source.firstLine + Math.max(lineCounter.linePos(offset).line, 1) - 1,
  })
  const placeOf = (path: readonly PropertyKey[]) => placeAt(offsetOf(document, path))
  const lines = source.text.split('\n')
  const lineOf = ({ line }: Place) => lines[line - source.firstLine] ?? ''
  const faults = faultsOf(document).map(({ offset, message, isSyntax = false }) => {
    const place = placeAt(offset)
    return errorAt(place, message, isSyntax ? mendedLine(lineOf(place)) : null)
  })
  if (faults.length > 0) return { value: null, problems: onePerLine(faults), placeOf }
  const plain: unknown = document.toJS({ maxAliasCount: 0 })
  const parsed = form.schema.safeParse(plain, { error: advise, reportInput: true })
  if (parsed.success) return { value: parsed.data, problems: [], placeOf }
  const { issues, misspelt } = withoutMisspelt(parsed.error.issues)
  const context = { placeOf, lineOf, form }
  const problems = [
    ...misspelt.map(({ path, key, meant }) => {
      const place = placeOf([...path, key])
      const line = lineOf(place)
      const mended = line.trimStart().startsWith(`${key}:`) ? line.replace(key, () => meant) : null
      return errorAt(place, `Write the key ${meant} instead of ${key}`, mended)
    }),
    ...issues.flatMap((issue) => issueProblems(issue, context)),
  ]
  return { value: null, problems: sortProblems(problems), placeOf }
}

function tooLong<Value>({ file, text, firstLine }: YamlSource): YamlReading<Value> {
  const place = { file, line: firstLine }
  const message = `Shorten these settings: they may have ${MAX_CHARACTERS} characters, and have ${text.length}`
  return { value: null, problems: [errorAt(place, message)], placeOf: () => place }
}

type YamlFault = { readonly offset: number; readonly message: string; readonly isSyntax?: true }

/** What keeps a document from being read, of the gravest kind that there is. */
function faultsOf(document: Document): readonly YamlFault[] {
  const syntax = [...document.errors, ...document.warnings].map((fault) => ({
    offset: fault.pos[0],
    message: adviseYaml(fault),
    isSyntax: true as const,
  }))
  if (syntax.length > 0) return syntax
  const message = adviseYaml({ code: 'DUPLICATE_KEY', message: '' })
  const repeated = repeatedKeyOffsets(document).map((offset) => ({ offset, message }))
  if (repeated.length > 0) return repeated
  const alias = 'Write values out instead of YAML aliases'
  return aliasOffsets(document).map((offset) => ({ offset, message: alias }))
}

/** What follows on a line follows from the first. */
function onePerLine(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.toReversed().map((one) => [one.line, one])).values()].toReversed()
}

function aliasOffsets(document: Document): readonly number[] {
  const offsets: number[] = []
  visit(document, {
    Alias(_, node) {
      offsets.push(node.range?.[0] ?? 0)
    },
  })
  return offsets
}

function repeatedKeyOffsets(document: Document): readonly number[] {
  const offsets: number[] = []
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (known.has(key.value)) offsets.push(key.range?.[0] ?? 0)
        known.add(key.value)
      }
    },
  })
  return offsets
}

type Misspelt = {
  readonly path: readonly PropertyKey[]
  readonly key: string
  readonly meant: string
}

/** A key that is missing beside one that is not known and nearly it: one slip, told once. */
function withoutMisspelt(all: readonly z.core.$ZodIssue[]) {
  const missing = all.filter(isMissing)
  const misspelt: Misspelt[] = []
  for (const issue of all) {
    if (issue.code !== 'unrecognized_keys') continue
    for (const key of issue.keys.slice(0, MAX_UNKNOWN_KEYS)) {
      const wanted = missing
        .filter(({ path }) => path.length === issue.path.length + 1 && startsWith(path, issue.path))
        .map(({ path }) => String(path.at(-1)))
      const meant = nearest(key, wanted)
      if (meant !== null) misspelt.push({ path: issue.path, key, meant })
    }
  }
  const isTold = ({ path }: z.core.$ZodIssue) =>
    misspelt.some((one) => nameOf([...one.path, one.meant]) === nameOf(path))
  const issues = all.flatMap((issue): readonly z.core.$ZodIssue[] => {
    if (issue.code !== 'unrecognized_keys') return isMissing(issue) && isTold(issue) ? [] : [issue]
    const keys = issue.keys.filter(
      (key) => !misspelt.some((one) => one.key === key && startsWith(one.path, issue.path)),
    )
    return keys.length === 0 ? [] : [{ ...issue, keys }]
  })
  return { issues, misspelt }
}

const isMissing = (issue: z.core.$ZodIssue): boolean =>
  issue.path.length > 0 && (issue.input === undefined || issue.input === null)

function startsWith(path: readonly PropertyKey[], start: readonly PropertyKey[]): boolean {
  return start.every((step, at) => path[at] === step)
}

function issueProblems(
  issue: z.core.$ZodIssue,
  {
    placeOf,
    lineOf,
    form: { schema, examples },
  }: Pick<YamlReading<unknown>, 'placeOf'> & {
    readonly lineOf: (place: Place) => string
    readonly form: YamlForm<unknown>
  },
): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemaAt(schema, issue.path))
    return issue.keys.slice(0, MAX_UNKNOWN_KEYS).map((key) => {
      const path = [...issue.path, key]
      const near = nearest(key, known)
      const hint = near === null ? '' : `; did you mean ${near}?`
      return errorAt(placeOf(path), `Remove or rename the unknown key: ${nameOf(path)}${hint}`)
    })
  }
  const name = nameOf(issue.path)
  const place = placeOf(issue.path)
  if (isMissing(issue)) {
    const example = examples[name]
    const isEmptied = /^[\w-]+:\s+#/.test(lineOf(place).trimStart())
    const message = isEmptied
      ? `Put the text of ${name} in quotes: in YAML whatever follows a # is a comment`
      : `Add the key ${name}${example ? `, as in "${name}: ${example}"` : ''}`
    return [errorAt(place, message)]
  }
  const field = schemaAt(schema, issue.path)
  const key = String(issue.path.findLast((step) => typeof step === 'string') ?? '')
  const reading = field && readingOf({ value: issue.input, key }, field)
  if (!reading || (!reading.isSure && plainValue(reading.value).length > LONGEST_GUESS)) {
    return [errorAt(place, `Correct ${name}: ${issue.message}`)]
  }
  const value = plainValue(reading.value)
  const mended = reading.isSure ? mendedLine(lineOf(place), { key, value }) : null
  const told = withValue(issue.message, value)
  return [errorAt(place, `Correct ${name}: ${told}`, mended)]
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the document' : path.map(String).join('.')
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let offset = 0
  let node: unknown = document.contents
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step)
      if (!pair) break
      if (isNode(pair.key) && pair.key.range) offset = pair.key.range[0]
      node = pair.value
    } else {
      const items: unknown = typeof node === 'object' && node && 'items' in node ? node.items : null
      node = Array.isArray(items) && typeof step === 'number' ? items[step] : null
      if (!isNode(node)) break
      if (node.range) offset = node.range[0]
    }
  }
  return offset
}
