/**
 * YAML through a strict schema, every problem with its line. Pure.
 * Aliases are refused: they make a document mean something other than what stands at the line a reviewer reads.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type * as z from 'zod'
import { advise, adviseYaml } from './advice.ts'
import { errorAt, type Place, type Problem } from './problem.ts'

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
  const faults = faultsOf(document).map(({ offset, message }) => errorAt(placeAt(offset), message))
  if (faults.length > 0) return { value: null, problems: onePerLine(faults), placeOf }
  const plain: unknown = document.toJS({ maxAliasCount: 0 })
  const parsed = form.schema.safeParse(plain, { error: advise, reportInput: true })
  if (parsed.success) return { value: parsed.data, problems: [], placeOf }
  const problems = parsed.error.issues.flatMap((issue) =>
    issueProblems(issue, { placeOf, examples: form.examples }),
  )
  return { value: null, problems, placeOf }
}

function tooLong<Value>({ file, text, firstLine }: YamlSource): YamlReading<Value> {
  const place = { file, line: firstLine }
  const message = `Shorten these settings: they may have ${MAX_CHARACTERS} characters, and have ${text.length}`
  return { value: null, problems: [errorAt(place, message)], placeOf: () => place }
}

type YamlFault = { readonly offset: number; readonly message: string }

/** What keeps a document from being read, of the gravest kind that there is. */
function faultsOf(document: Document): readonly YamlFault[] {
  const syntax = [...document.errors, ...document.warnings].map((fault) => ({
    offset: fault.pos[0],
    message: adviseYaml(fault),
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

function issueProblems(
  issue: z.core.$ZodIssue,
  {
    placeOf,
    examples,
  }: Pick<YamlReading<unknown>, 'placeOf'> & Pick<YamlForm<unknown>, 'examples'>,
): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_UNKNOWN_KEYS).map((key) => {
      const path = [...issue.path, key]
      return errorAt(placeOf(path), `Remove or rename the unknown key: ${nameOf(path)}`)
    })
  }
  const name = nameOf(issue.path)
  const place = placeOf(issue.path)
  if (issue.path.length === 0 || (issue.input !== undefined && issue.input !== null)) {
    return [errorAt(place, `Correct ${name}: ${issue.message}`)]
  }
  const example = examples[name]
  return [errorAt(place, `Add the key ${name}${example ? `, as in "${name}: ${example}"` : ''}`)]
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
