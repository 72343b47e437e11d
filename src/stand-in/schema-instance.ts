/**
 * The smallest value that fits a JSON schema, as far as models are held to one: types, enums, required members, bounds.
 * No I/O. Patterns and exotic keywords are not solved; a schema of unbounded recursion ends in null.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'

/** Deeper than any strict schema may be (OpenAI allows 10 levels), and a bound for recursion. */
const MAX_DEPTH = 24

type Context = { readonly root: JsonObject; readonly filler: string; readonly depth: number }

/** Makes an instance of `schema`; strings that may be anything hold `filler`. */
export function schemaInstance(schema: JsonObject, filler: string): JsonValue {
  return instance(schema, { root: schema, filler, depth: 0 })
}

function instance(schema: JsonValue | undefined, context: Context): JsonValue {
  if (!isJsonObject(schema) || context.depth > MAX_DEPTH) return null
  const inner: Context = { ...context, depth: context.depth + 1 }
  if (schema.const !== undefined) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null
  if (typeof schema.$ref === 'string') return instance(resolve(schema.$ref, context.root), inner)
  const alternatives = list(schema.anyOf) ?? list(schema.oneOf)
  if (alternatives) return instance(simplest(alternatives), inner)
  if (Array.isArray(schema.allOf)) return instance(merged(schema), inner)
  switch (typeOf(schema)) {
    case 'object':
      return objectInstance(schema, inner)
    case 'array':
      return arrayInstance(schema, inner)
    case 'number':
    case 'integer':
      return numberInstance(schema)
    case 'boolean':
      return false
    case 'string':
      return stringInstance(schema, context.filler)
    default:
      return null
  }
}

function typeOf(schema: JsonObject): string {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  const type = types.find((name) => name !== 'null') ?? types[0]
  if (typeof type === 'string') return type
  if (isJsonObject(schema.properties)) return 'object'
  return schema.items === undefined ? 'string' : 'array'
}

function objectInstance(schema: JsonObject, context: Context): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {}
  const required = (list(schema.required) ?? []).filter((name) => typeof name === 'string')
  return Object.fromEntries(required.map((name) => [name, instance(properties[name], context)]))
}

function arrayInstance(schema: JsonObject, context: Context): JsonValue {
  const prefix = list(schema.prefixItems) ?? []
  const length = Math.min(numeric(schema.minItems) ?? prefix.length, 100)
  return Array.from({ length }, (_, index) => instance(prefix[index] ?? schema.items, context))
}

function numberInstance(schema: JsonObject): number {
  const step = schema.type === 'integer' ? 1 : 0.5
  const above = numeric(schema.exclusiveMinimum)
  const below = numeric(schema.exclusiveMaximum)
  const least = numeric(schema.minimum) ?? (above === null ? null : above + step)
  const most = numeric(schema.maximum) ?? (below === null ? null : below - step)
  const value = Math.min(Math.max(0, least ?? 0), most ?? Number.MAX_SAFE_INTEGER)
  const multiple = numeric(schema.multipleOf)
  if (multiple) return Math.ceil(value / multiple) * multiple
  return schema.type === 'integer' ? Math.ceil(value) : value
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2025-01-01T00:00:00Z',
  date: '2025-01-01',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'stand-in@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function stringInstance(schema: JsonObject, filler: string): string {
  const formatted = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined
  if (formatted !== undefined) return formatted
  const most = numeric(schema.maxLength)
  const padded = filler.padEnd(Math.min(numeric(schema.minLength) ?? 0, 10_000), '.')
  return most === null ? padded : padded.slice(0, most)
}

/** The alternative that recursion cannot enter again, if there is one: null, then scalars, then the rest. */
function simplest(alternatives: readonly JsonValue[]): JsonValue | undefined {
  const weight = (schema: JsonValue): number => {
    if (!isJsonObject(schema)) return 3
    if (schema.$ref !== undefined) return 2
    return schema.type === 'object' || schema.type === 'array' ? 1 : 0
  }
  return alternatives.toSorted((one, other) => weight(one) - weight(other))[0]
}

function merged(schema: JsonObject): JsonObject {
  const { allOf, ...own } = schema
  const parts = [own, ...(list(allOf) ?? [])].filter(isJsonObject)
  const properties = Object.assign({}, ...parts.map((part) => part.properties))
  const required = parts.flatMap((part) => list(part.required) ?? [])
  return Object.assign({}, ...parts, { properties, required })
}

function resolve(reference: string, root: JsonObject): JsonValue | undefined {
  if (!reference.startsWith('#')) return undefined
  const names = reference.slice(1).split('/').filter(Boolean)
  return names.reduce<JsonValue | undefined>((value, name) => {
    const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
    return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  }, root)
}

function list(value: JsonValue | undefined): readonly JsonValue[] | null {
  return Array.isArray(value) ? value : null
}

function numeric(value: JsonValue | undefined): number | null {
  return typeof value === 'number' ? value : null
}
