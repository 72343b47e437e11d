/**
 * What the tools of an answer's calls were said to do: a call can only be reviewed as an act by who knows the tool. Pure.
 * Tools that are not called stay out, since a list of them may be longer than all else.
 */

import type { Answer } from '../../conversation/outcome.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** The client's own definitions, in its order. */
export function calledTools(
  { tools, functions }: JsonObject,
  { parts }: Answer,
): readonly JsonValue[] {
  const names = new Set<JsonValue | undefined>(
    parts.flatMap((part) => (part.kind === 'tool_call' ? [part.call.name] : [])),
  )
  if (names.size === 0) return []
  return [tools, functions].flatMap((list) =>
    Array.isArray(list) ? list.filter((tool: JsonValue) => names.has(nameOf(tool))) : [],
  )
}

function nameOf(tool: JsonValue): JsonValue | undefined {
  if (!isJsonObject(tool)) return undefined
  const body = [tool.function, tool.custom].find((one) => isJsonObject(one)) ?? tool
  return isJsonObject(body) ? body.name : undefined
}
