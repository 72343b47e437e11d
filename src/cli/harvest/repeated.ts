/**
 * What an earlier export was asked for, as its manifest tells it, in the parameters that ask for it again: `--since` alone repeats
 * them. Pure. What a manifest does not hold (evaluations, a redactor's command) is not here.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** By parameter of `GET /admin/v1/export`; what the manifest says nothing of is left out. */
export function repeated(
  format: string,
  { cascade, filter, splits, with_reasoning: reasoning, think_tags: tags }: JsonObject,
): Readonly<Record<string, string | readonly string[]>> {
  const { hazard, languages, minScores, redact, internal, ...plain } = objectOf(cascade)
  const { from: severity, maxWords } = objectOf(hazard)
  const { train, validation, test } = objectOf(splits)
  const { from, to, tenants, ...named } = objectOf(filter)
  const scores = Object.entries(objectOf(minScores)).map(
    ([name, least]) => `${name}:${textOf(least) ?? ''}`,
  )
  return texts({
    format,
    withReasoning: flag(reasoning),
    thinkTags: flag(tags),
    splits: train === undefined ? null : [train, validation, test].map(textOf).join('/'),
    ...named,
    from: momentOf(from),
    to: momentOf(to),
    tenant: Array.isArray(tenants) ? (tenants as readonly string[]) : null,
    language: Array.isArray(languages) ? languages.join(',') : null,
    minScores: scores.join(','),
    redact: flag(redact),
    internal: flag(internal),
    hazardFrom: severity,
    hazardWords: maxWords,
    ...pick(plain, CASCADE),
    nearDuplicates: nearOf(plain),
  })
}

/** Set by parameters of the same name. */
const CASCADE =
  'minSamples specialCategories duplicates maxPerTenant maxPerTemplate maxPerCell minLookAlikes'.split(
    ' ',
  )

/** `judge` and `transcript` keep duplicates unasked, and then take no share. */
function nearOf({ duplicates, nearDuplicates, format }: JsonObject): JsonValue | undefined {
  const keeps = format === 'judge' || format === 'transcript'
  if (duplicates === 'keep' || (keeps && duplicates !== 'remove')) return null
  return nearDuplicates === null ? 'off' : nearDuplicates
}

function flag(value: JsonValue | undefined): string | null {
  return typeof value === 'boolean' ? String(value) : null
}

function momentOf(value: JsonValue | undefined): string | null {
  return typeof value === 'number' ? new Date(value).toISOString() : null
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {}
}

function pick(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)))
}

/** Null for what is no parameter. */
function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

function texts(
  given: Readonly<Record<string, JsonValue | readonly string[] | undefined>>,
): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const text = Array.isArray(value) ? (value as readonly string[]) : textOf(value as JsonValue)
      return text === null ? [] : [[name, text] as const]
    }),
  )
}
