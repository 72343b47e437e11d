/** What a request asked of its reply, as far as that tells the pieces of a reply apart. Pure. */
import type { Prompt } from '../conversation/model.ts'
import { isJsonObject } from '../lib/json.ts'
import { callIds } from './call-ids.ts'
import { countOf, listField, textOf } from './fields.ts'

export type Expectation = {
  readonly choices: number
  /** The names of the tools that may be called. */
  readonly tools: ReadonlySet<string>
  /** Of the calls that the conversation has already. */
  readonly ids: ReadonlySet<string>
}

/** By `n`, by `tools` with the older `functions`, and by the calls of earlier turns. */
export function expectationOf({
  parameters,
  turns,
}: Pick<Prompt, 'parameters' | 'turns'>): Expectation {
  const { n, tools, functions } = parameters
  const offered = [...listField(tools), ...listField(functions)].flatMap((item) => {
    if (!isJsonObject(item)) return []
    const body = item.function ?? item.custom ?? item
    return isJsonObject(body) ? (textOf(body.name) ?? []) : []
  })
  return { choices: countOf(n) ?? 1, tools: new Set(offered), ids: callIds(turns) }
}
