/** What a request asked of its reply, as far as that tells the pieces of a reply apart. Pure. */
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { countOf, listField, textOf } from './fields.ts'

export type Expectation = {
  readonly choices: number
  /** The names of the tools that may be called. */
  readonly tools: ReadonlySet<string>
}

/** Of the parameters of a request: `n`, and `tools` with the older `functions`. */
export function expectationOf({ n, tools, functions }: JsonObject): Expectation {
  const offered = [...listField(tools), ...listField(functions)].flatMap((item) => {
    if (!isJsonObject(item)) return []
    const body = item.function ?? item.custom ?? item
    return isJsonObject(body) ? (textOf(body.name) ?? []) : []
  })
  return { choices: countOf(n) ?? 1, tools: new Set(offered) }
}
