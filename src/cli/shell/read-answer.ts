/** Reads what the admin surface answers by the schema that it answers by. Pure. */
import type * as z from 'zod'
import { type JsonFailure, type JsonValue, MAX_JSON_DEPTH, parseJson } from '../../lib/json.ts'
import type { Result } from '../../lib/result.ts'

/** A request may be as deep as it may, and lies some levels deeper in what is told of it. */
const MAX_DEPTH = MAX_JSON_DEPTH + 16

export function parseAnswer(text: string): Result<JsonValue, JsonFailure> {
  // Rows of an export are written to files as they came.
  return parseJson(text, { maxDepth: MAX_DEPTH, exact: true })
}

/** @throws Error that names the field, where a gateway of another version has answered. */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  json: JsonValue,
): z.output<Schema> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new Error(
    `Use the command line of the gateway's own version: it answered otherwise (${where})`,
  )
}
