/**
 * YAML through a strict schema, every problem with its line. Pure.
 * Aliases are refused: they make a document mean something other than what stands at the line a reviewer reads.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type * as z from 'zod'
import { adviseYaml } from './advice.ts'
import { brokenEntries } from './broken-entries.ts'
import { fieldFaults } from './field-faults.ts'
import { lostWords } from './lost-words.ts'
import { errorAt, type Place, type Problem, sortProblems, warningAt } from './problem.ts'

export type YamlSource = {
  readonly file: string
  readonly text: string
  /** The line of the file on which the text begins. */
  readonly firstLine: number
}

export type YamlReading<Value> = {
  /** Null when there was any error. */
  readonly value: Value | null
  readonly problems: readonly Problem[]
  /** The place of a field; of its nearest parent where the field is absent. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place
}

/** Triggers by the hundred stay well below; to read what is much longer would hold everybody up. */
const MAX_CHARACTERS = 100_000

export type YamlForm<Value> = {
  readonly schema: z.ZodType<Value>
  /** By key, how a line of it may look: told where the key is missing. */
  readonly examples: Readonly<Record<string, string>>
}

export function readYaml<Value>(source: YamlSource, form: YamlForm<Value>): YamlReading<Value> {
  if (source.text.length > MAX_CHARACTERS) return tooLong(source)
  const { file, text, firstLine } = source
  const lineCounter = new LineCounter()
  // Left to the library, keys are compared each with every other: a file of many would be read for minutes.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
  const placeAt = (offset: number) => ({
    file,
    line: firstLine + Math.max(lineCounter.linePos(offset).line, 1) - 1,
  })
  const placeOf = (path: readonly PropertyKey[]) => placeAt(offsetOf(document, path))
  const isKeys = document.contents === null || isMap(document.contents)
  const syntax = [...document.errors, ...document.warnings]
  if (syntax.length > 0 || !isKeys) {
    const broken = brokenEntries(text, form.schema).map(({ line, message, mended }) =>
      errorAt({ file, line: firstLine + line }, message, mended),
    )
    const [first] = syntax
    const fault = errorAt(placeAt(first?.pos[0] ?? 0), first ? adviseYaml(first) : NO_KEYS)
    return { value: null, problems: broken.length > 0 ? broken : [fault], placeOf }
  }
  const lines = text.split('\n')
  const lineOf = ({ line }: Place) => lines[line - firstLine] ?? ''
  const lost = lostWords(document, text).map(({ offset, message, isSure, mended }) =>
    isSure ? errorAt(placeAt(offset), message, mended) : warningAt(placeAt(offset), message),
  )
  const faults = faultsOf(document).map(({ offset, message }) => errorAt(placeAt(offset), message))
  if (faults.length > 0) return { value: null, problems: [...lost, ...faults], placeOf }
  const plain: unknown = document.toJS({ maxAliasCount: 0 }) ?? {}
  const parsed = form.schema.safeParse(plain)
  const isTold = new Set(lost.map(({ line }) => line))
  const wrong = parsed.success
    ? []
    : fieldFaults(plain, { ...form, placeOf, lineOf }).filter(({ line }) => !isTold.has(line))
  const problems = sortProblems([...lost, ...wrong])
  const isSound = parsed.success && !problems.some(({ severity }) => severity === 'error')
  return { value: isSound ? parsed.data : null, problems, placeOf }
}

const NO_KEYS = 'Write a key, a colon, a space and its value on each line, as in "title: Gambling"'

function tooLong<Value>({ file, text, firstLine }: YamlSource): YamlReading<Value> {
  const place = { file, line: firstLine }
  const message = `Shorten these settings: they may have ${MAX_CHARACTERS} characters, and have ${text.length}`
  return { value: null, problems: [errorAt(place, message)], placeOf: () => place }
}

type YamlFault = { readonly offset: number; readonly message: string }

/** What stands well in its lines and would be read in another way than it looks. */
function faultsOf(document: Document): readonly YamlFault[] {
  const repeated = repeatedKeys(document).map(({ offset, key }) => ({
    offset,
    message: `Write each key once: ${key} is there already`,
  }))
  if (repeated.length > 0) return repeated
  const message = 'Put this text in quotes: * at its beginning has a meaning of its own'
  return aliasOffsets(document).map((offset) => ({ offset, message }))
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

function repeatedKeys(document: Document) {
  const repeated: { readonly offset: number; readonly key: string }[] = []
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        const { value, range } = key
        if (known.has(value)) repeated.push({ offset: range?.[0] ?? 0, key: String(value) })
        known.add(value)
      }
    },
  })
  return repeated
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
