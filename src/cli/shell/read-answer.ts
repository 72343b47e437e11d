/** Reads what the admin surface answers by the schema that it answers by. Pure. */
import type * as z from 'zod'
import type { JsonValue } from '../../lib/json.ts'

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
