/**
 * What somebody meant who wrote a value in another form than the schema's: `no` for false, `a, b` for [a, b], `30 days` for 30.
 * Pure. A reading counts only where the schema itself takes it, so that no advice leads to the next mistake.
 */
import * as z from 'zod'
import { isSameWord, nearest } from '../../lib/nearest.ts'

export type MeantValue = {
  readonly value: unknown
  /** False where it guesses at a word; true where it is the same in another form. */
  readonly isSure: boolean
}

export type Written = {
  readonly value: unknown
  /** The key it stands at: it says what a number counts. */
  readonly key: string
}

const NOTHING = /^(?:none|nothing|null|n\/a|no|keine?|-+|–|—|~|)$/i
/** Of what is left empty where it holds everywhere. */
const EVERYTHING =
  /^(?:all|any|every|everywhere|everyone|global|worldwide|\*|alle|überall|tous|todos|todas)$/i
const YES = /^(?:yes|y|on|true|1|always|ja|oui|s[ií]|sim|да|是|はい)[.!]?$/i
const NO = /^(?:no|n|off|false|0|never|none|nein|non|não|нет|否|いいえ)[.!]?$/i
const NUMBER = /^([+-]?\d+(?:[.,]\d+)*) ?(%|[\p{L}]*)\.?$/u
const QUOTES = ` \t"'“”„‟«»‘’‚‹›「」\``
const BRACKETS = ' \t[](){}【】'
/** What people put between the items of a list. */
const BETWEEN = /[,;|>\n→，、；，؛]+|(?:^|(?<=\s))(?:[•*·–-]|\d{1,3}[.)])(?=\s)/u

/** How many of what a key counts a unit is. */
const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  days: { d: 1, day: 1, days: 1, w: 7, week: 7, weeks: 7, year: 365, years: 365 },
  timeoutMs: {
    ms: 1,
    s: 1000,
    sec: 1000,
    secs: 1000,
    second: 1000,
    seconds: 1000,
    min: 60_000,
    minute: 60_000,
    minutes: 60_000,
  },
}

export function readingOf(written: Written, schema: z.core.$ZodType): MeantValue | null {
  for (const one of readings(written, plainSchema(schema))) {
    if (z.safeParse(schema, one.value).success) return one
  }
  return null
}

/** A schema without what says that it may be left out. */
export function plainSchema(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodOptional
  ) {
    return plainSchema(schema.unwrap())
  }
  return schema instanceof z.ZodPipe ? plainSchema(schema.in) : schema
}

/** The schema of what stands at a path; null where nothing may. */
export function schemaAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
): z.core.$ZodType | null {
  const [step, ...rest] = path
  if (step === undefined) return schema
  const plain = plainSchema(schema)
  if (plain instanceof z.ZodObject) {
    const field: z.core.$ZodType | undefined = plain.shape[String(step)]
    return field ? schemaAt(field, rest) : null
  }
  if (plain instanceof z.ZodArray) return schemaAt(plain.element, rest)
  return plain instanceof z.ZodRecord ? schemaAt(plain.valueType, rest) : null
}

/** The keys that a group may have; none of what is no group. */
export function keysOf(schema: z.core.$ZodType | null): readonly string[] {
  const plain = schema && plainSchema(schema)
  return plain instanceof z.ZodObject ? Object.keys(plain.shape) : []
}

function* readings({ value, key }: Written, schema: z.core.$ZodType): Generator<MeantValue> {
  if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) yield* readings({ value, key }, plainSchema(option))
  }
  if (schema instanceof z.ZodArray) yield* listReadings({ value, key })
  else if (Array.isArray(value) && value.length === 1) {
    const written = { value: value[0], key }
    yield { value: value[0], isSure: true }
    yield* readings(written, schema)
  } else if (schema instanceof z.ZodObject) yield* groupReadings(value, schema)
  else if (schema instanceof z.ZodString) yield* textReadings(value)
  else if (schema instanceof z.ZodEnum) yield* wordReadings(value, schema.options.map(String))
  else if (schema instanceof z.ZodLiteral) yield { value: [...schema.values][0], isSure: false }
  else if (schema instanceof z.ZodBoolean) yield* switchReadings(value)
  else if (schema instanceof z.ZodNumber) yield* numberReadings({ value, key }, schema)
}

function* listReadings({ value, key }: Written): Generator<MeantValue> {
  if (value === null || value === '') yield { value: [], isSure: true }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    yield { value: Object.keys(value), isSure: false }
  }
  if (typeof value !== 'string') {
    yield { value: [String(value)], isSure: true }
    return
  }
  if (NOTHING.test(value.trim())) yield { value: [], isSure: false }
  if (key === 'locales' && EVERYTHING.test(value.trim())) yield { value: [], isSure: false }
  const plain = stripped(value, BRACKETS)
  const items = itemsOf(plain.split(BETWEEN))
  yield { value: items, isSure: true }
  yield { value: items.map((item) => item.toUpperCase()), isSure: true }
  const words = itemsOf(plain.split(/\s+(?:(?:and|then|before|und|et|y) )?/i))
  yield { value: words, isSure: true }
  yield { value: words.map((word) => word.toUpperCase()), isSure: true }
}

function itemsOf(pieces: readonly string[]): readonly string[] {
  return pieces.map(unquoted).filter((item) => item !== '')
}

/** Without what a text begins and ends with of some signs. */
function stripped(text: string, signs: string): string {
  let [start, end] = [0, text.length]
  while (start < end && signs.includes(text.charAt(start))) start++
  while (end > start && signs.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

function unquoted(text: string): string {
  return stripped(text, QUOTES)
}

/** One setting of a group, written in the place of the group: `retention: 30`. */
function* groupReadings(value: unknown, group: z.ZodObject): Generator<MeantValue> {
  if (typeof value === 'object' && value !== null) return
  for (const [key, field] of Object.entries(group.shape)) {
    const exact = z.safeParse(field, value).success ? { value } : null
    const reading = exact ?? readingOf({ value, key }, field)
    if (reading) yield { value: { [key]: reading.value }, isSure: false }
  }
}

function* textReadings(value: unknown): Generator<MeantValue> {
  if (Array.isArray(value)) yield { value: value.map(String).join(', '), isSure: false }
  else if (typeof value === 'object' && value !== null) {
    const [pair, ...others] = Object.entries(value)
    // A colon within an item of a list makes a key of what stands before it.
    if (pair && others.length === 0) yield { value: `${pair[0]}: ${pair[1] ?? ''}`, isSure: true }
  } else if (typeof value !== 'string') {
    if (typeof value === 'number' || typeof value === 'boolean') {
      yield { value: String(value), isSure: true }
    }
  } else {
    const plain = unquoted(value)
    yield { value: plain, isSure: true }
    if (!/\s/.test(plain)) yield { value: plain.replace(/[\W_]/g, '').toUpperCase(), isSure: false }
    const slug = inAscii(plain.toLowerCase()).replace(/[^a-z0-9]+/g, '-')
    yield { value: slug.replace(/^-|-$/g, ''), isSure: false }
  }
}

const SPELT: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  ø: 'oe',
  å: 'aa',
}

/** Letters as people spell them where they have only the plain ones. */
function inAscii(text: string): string {
  const spelt = text.normalize('NFC').replace(/[äöüßæøå]/g, (one) => SPELT[one] ?? one)
  return spelt.normalize('NFKD').replace(/\p{M}/gu, '')
}

function* wordReadings(value: unknown, words: readonly string[]): Generator<MeantValue> {
  const written = String(value)
  const meant = nearest(written, words)
  if (meant !== null) yield { value: meant, isSure: isSameWord(written, meant) }
}

function* switchReadings(value: unknown): Generator<MeantValue> {
  const text = unquoted(String(value))
  if (YES.test(text)) yield { value: true, isSure: true }
  if (NO.test(text)) yield { value: false, isSure: true }
  const meant = nearest(text, ['true', 'false'])
  if (meant !== null) yield { value: meant === 'true', isSure: false }
}

function* numberReadings({ value, key }: Written, schema: z.ZodNumber): Generator<MeantValue> {
  const isShare = schema.maxValue !== null && schema.maxValue <= 1
  if (typeof value === 'number' && isShare) yield { value: value / 100, isSure: false }
  const [, digits, unit = ''] = NUMBER.exec(unquoted(String(value))) ?? []
  if (digits === undefined || typeof value === 'number') return
  const isGrouped = /^\d{1,3}(?:,\d{3})+$/.test(digits)
  const number = Number(isGrouped ? digits.replaceAll(',', '') : digits.replace(',', '.'))
  if (unit === '%') yield { value: isShare ? number / 100 : number, isSure: true }
  const times = unit === '' ? 1 : UNITS[key]?.[unit.toLowerCase()]
  if (times !== undefined) yield { value: number * times, isSure: true }
}
