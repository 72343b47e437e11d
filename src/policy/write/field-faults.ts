/**
 * What a strict schema says of settings or a head that could be read: which key, where, and what to write instead. Pure.
 * Of one slip it tells once: a key that is written in another way, or in another place, is not missing besides.
 */
import * as z from 'zod'
import { nearest } from '../../lib/nearest.ts'
import { advise, withValue } from './advice.ts'
import { mendedLine, plainValue } from './mended-line.ts'
import { errorAt, type Place, type Problem } from './problem.ts'
import { keysOf, plainSchema, readingOf, schemaAt } from './readings.ts'

export type FieldForm = {
  readonly schema: z.core.$ZodType
  /** By key, how a line of it may look: told where the key is missing. */
  readonly examples: Readonly<Record<string, string>>
  readonly placeOf: (path: readonly PropertyKey[]) => Place
  /** The line of a place as written. */
  readonly lineOf: (place: Place) => string
}

/** Of a longer text nobody can guess what it should have been. */
const LONGEST_GUESS = 30

/** Of one map: whoever has more of them has sent something else. */
const MAX_UNKNOWN_KEYS = 100

type Path = readonly PropertyKey[]
type Unknown = { readonly path: Path; readonly key: string; readonly value: unknown }

/** None where the schema takes the value. */
export function fieldFaults(value: unknown, form: FieldForm): readonly Problem[] {
  const parsed = z.safeParse(form.schema, value, { error: advise, reportInput: true })
  if (parsed.success) return []
  const { issues } = parsed.error
  const unknown = issues.flatMap((issue) => unknownKeys(issue, value))
  const missing = issues.filter(isMissing).map(({ path }) => path)
  const meant = new Map<Unknown, string>()
  for (const one of unknown) {
    const key = meantKey(one, { unknown, missing, form })
    if (key !== null) meant.set(one, key)
  }
  if (isEmpty(value) && missing.length > 1) {
    const keys = missing.map((path) => nameOf(path)).join(', ')
    return [errorAt(form.placeOf([]), `Add the keys ${keys}, each on a line with a colon`)]
  }
  const isTold = new Set([...meant].map(([one, key]) => nameOf([...one.path, key])))
  return [
    ...unknown.map((one) => unknownProblem(one, meant.get(one) ?? null, { value, form })),
    ...issues
      .filter((issue) => issue.code !== 'unrecognized_keys')
      .filter((issue) => !(isMissing(issue) && isTold.has(nameOf(issue.path))))
      .flatMap((issue, _, all) => {
        const alike = all.filter((one) => isAlike(one, issue))
        return alike[0] === issue ? [valueProblem(issue, { form, count: alike.length })] : []
      }),
  ]
}

/** True for the same fault in items of one list: they are told together. */
function isAlike(one: z.core.$ZodIssue, other: z.core.$ZodIssue): boolean {
  if (one === other) return true
  const isItem = typeof one.path.at(-1) === 'number' && typeof other.path.at(-1) === 'number'
  if (!isItem || one.message !== other.message) return false
  return nameOf(one.path.slice(0, -1)) === nameOf(other.path.slice(0, -1))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function unknownKeys(issue: z.core.$ZodIssue, value: unknown): readonly Unknown[] {
  if (issue.code !== 'unrecognized_keys') return []
  const { path } = issue
  return issue.keys
    .slice(0, MAX_UNKNOWN_KEYS)
    .map((key) => ({ path, key, value: valueAt(value, [...path, key]) }))
}

type Others = {
  readonly unknown: readonly Unknown[]
  readonly missing: readonly Path[]
  readonly form: FieldForm
}

/** The missing key that one in its place is meant for: by its letters, or because the one is too much where the other lacks. */
function meantKey({ path, key, value }: Unknown, { unknown, missing, form }: Others) {
  const wanted = missing.filter((one) => nameOf(one.slice(0, -1)) === nameOf(path))
  const near = nearest(
    key,
    wanted.map((one) => String(one.at(-1))),
  )
  const [only, ...others] = wanted
  if (near !== null || !only || others.length > 0) return near
  if (unknown.filter((one) => nameOf(one.path) === nameOf(path)).length > 1) return null
  if (homesOf(key, form.schema).length > 0) return null
  const field = schemaAt(form.schema, only)
  return field && z.safeParse(field, value).success ? String(only.at(-1)) : null
}

function unknownProblem(
  { path, key, value: held }: Unknown,
  meant: string | null,
  { value, form }: { readonly value: unknown; readonly form: FieldForm },
): Problem {
  const { schema, placeOf, lineOf } = form
  const full = [...path, key]
  const place = placeOf(full)
  const known = keysOf(schemaAt(schema, path))
  const near = meant ?? nearest(key, known)
  if (meant !== null || (near !== null && !has(valueAt(value, path), near))) {
    const line = lineOf(place)
    const isOwnLine = line.trimStart().startsWith(`${key}:`) && nearest(key, [near ?? '']) !== null
    const mended = isOwnLine ? line.replace(key, () => near ?? key) : null
    return errorAt(place, `Write the key ${near} instead of ${key}`, mended)
  }
  if (/^\d+$/.test(key) && held === null) {
    return errorAt(place, `Write a number with a point instead of a comma, before ${key}`)
  }
  const [home] = homesOf(key, schema)
  if (home !== undefined && nameOf(home) !== nameOf(path)) {
    return errorAt(place, misplaced(key, home, path))
  }
  const hint = near === null ? freeKeys(held, { group: valueAt(value, path), path, schema }) : near
  const other = hint === '' ? '' : `; did you mean ${hint}?`
  return errorAt(place, `Remove or rename the unknown key: ${nameOf(full)}${other}`)
}

function misplaced(key: string, home: Path, path: Path): string {
  if (home.length === 0) return `Begin ${key} at the margin: it does not belong to ${nameOf(path)}`
  const [group, ...outer] = home.map(String).toReversed()
  const where = outer.length > 0 ? `, which stands under ${outer.join(' under ')}` : ''
  return `Put ${key} under ${group}${where}: on a line below it, indented by two spaces more`
}

type Group = { readonly group: unknown; readonly path: Path; readonly schema: z.core.$ZodType }

/** The keys that are not there yet and take a value; free texts, which take all, are left out. */
function freeKeys(value: unknown, { group, path, schema }: Group): string {
  return keysOf(schemaAt(schema, path))
    .filter((key) => !has(group, key))
    .filter((key) => {
      const field = schemaAt(schema, [...path, key])
      if (field === null || plainSchema(field) instanceof z.ZodString) return false
      return z.safeParse(field, value).success
    })
    .join(' or ')
}

/** The groups that a key may stand in. */
function homesOf(key: string, schema: z.core.$ZodType, path: Path = []): readonly Path[] {
  const plain = plainSchema(schema)
  if (!(plain instanceof z.ZodObject)) return []
  const groups = Object.entries(plain.shape).flatMap(([name, field]: [string, z.core.$ZodType]) =>
    homesOf(key, field, [...path, name]),
  )
  return Object.hasOwn(plain.shape, key) ? [path, ...groups] : groups
}

function valueProblem(
  issue: z.core.$ZodIssue,
  { form, count }: { readonly form: FieldForm; readonly count: number },
): Problem {
  const { schema, examples, placeOf, lineOf } = form
  const name = nameOf(issue.path)
  const place = placeOf(issue.path)
  if (isMissing(issue)) {
    const isEmptied = /^[\w-]+:\s+#/.test(lineOf(place).trimStart())
    const key = String(issue.path.at(-1))
    const example = examples[name]
    const message = isEmptied
      ? `Put the text of ${name} in quotes: whatever follows a # is left out as a note`
      : `Add the key ${sayPath(issue.path)}${example ? `, as in "${key}: ${example}"` : ''}`
    return errorAt(place, message)
  }
  const field = schemaAt(schema, issue.path)
  const key = String(issue.path.findLast((step) => typeof step === 'string') ?? '')
  const reading = field && readingOf({ value: issue.input, key }, field)
  const others = count > 1 ? ` (and ${count - 1} more like it)` : ''
  const told = `Correct ${sayPath(issue.path, issue.input)}${others}`
  const parts = partsOf(issue)
  if (field && parts.length > 1 && parts.every((one) => z.safeParse(field, one).success)) {
    const list = nameOf(issue.path.slice(0, -1))
    return errorAt(place, `Write these as items of their own in ${list}: ${parts.join(', ')}`)
  }
  if (!reading || (!reading.isSure && plainValue(reading.value).length > LONGEST_GUESS)) {
    return errorAt(place, `${told}: ${issue.message}`)
  }
  const value = plainValue(reading.value)
  const isWhole = issue.path.length === 1
  const mended = reading.isSure && isWhole ? mendedLine(lineOf(place), { key, value }) : null
  return errorAt(place, `${told}: ${withValue(issue.message, value)}`, mended)
}

/** What stands in one item of a list and may be several. */
function partsOf({ path, input }: z.core.$ZodIssue): readonly string[] {
  const isItem = typeof path.at(-1) === 'number' && typeof input === 'string'
  return isItem ? input.split(/[\s,;>-]+/).filter((one) => one !== '') : []
}

/** Where there is nothing at all, or nothing behind the key. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 && (issue.input === undefined || issue.input === null)
}

/** `triggers.1` in words: 110 in triggers. */
function sayPath(path: Path, input?: unknown): string {
  const at = path.findIndex((step) => typeof step === 'number')
  if (at < 0) return nameOf(path)
  const list = nameOf(path.slice(0, at))
  const isShort = typeof input === 'string' || typeof input === 'number'
  const item = isShort ? String(input).slice(0, LONGEST_GUESS) : `item ${Number(path[at]) + 1}`
  return `${item} in ${list}`
}

function nameOf(path: Path): string {
  return path.length === 0 ? 'the whole' : path.map(String).join('.')
}

function has(group: unknown, key: string): boolean {
  return typeof group === 'object' && group !== null && Object.hasOwn(group, key)
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    value,
  )
}
