/** Lines that a gateway answers an export with, checked. Pure. */
import * as z from 'zod'
import type { Tombstone } from '../../harvest/export/increment/touched.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseAnswer } from '../shell/read-answer.ts'

const tombstoneSchema = z.object({ id: z.string(), transcript: z.string(), reason: z.string() })

/** @throws Error for anything else. */
export function tombstoneOf(gone: JsonValue | undefined): Tombstone {
  const read = tombstoneSchema.safeParse(gone)
  if (read.success) return read.data as Tombstone
  throw new Error('Name a gateway with --url: it answered what no gateway does')
}

/** @throws Error for what is no line of JSON. */
export function objectOf(line: string): JsonObject {
  const parsed = parseAnswer(line)
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value
  throw new Error('Name a gateway with --url: it answered no lines of JSON')
}
