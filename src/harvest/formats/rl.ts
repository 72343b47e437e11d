/**
 * Reinforcement learning: the prompt, and what a reward may know of it. No completion and no reasoning: each row is scanned for
 * the transcript's own, because a reward that reads reasoning teaches a model to hide it. Pure.
 */
import { wordRuns } from '../../deliberation/word-runs.ts'
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import { MESSAGES } from '../columns.ts'
import type { Example } from '../example.ts'
import type { Format } from './format.ts'
import { originFields, textMessages, toolsField } from './messages.ts'

/** A row that must not hold reasoning held some: a defect, or a store that was tampered with. It names a row, never a word. */
export class ReasoningFoundError extends Error {
  override readonly name = 'ReasoningFoundError'

  constructor(id: string) {
    super(`Look into transcript ${id}: its reasoning stands in a row that must hold none`)
  }
}

export function createRlFormat(): Format {
  return {
    name: 'rl',
    version: 1,
    columns: {
      prompt: MESSAGES,
      sections: { list: 'string' },
      ideal_response: 'string',
      policy: 'string',
      tools: 'string',
      id: 'string',
      section: 'string',
    },
    holdsReasoning: false,
    rowsOf(example) {
      const prompt = textMessages(example.prompt)
      if (!prompt) return fail('prompt_not_text')
      const { role } = prompt.at(-1) ?? {}
      if (role !== 'user' && role !== 'tool') return fail('prompt_unfinished')
      const ideal = idealResponse(example)
      if (ideal === null) return fail('decision_missing')
      const { id, policy, selection } = example.transcript
      const { decision: _decision, ...origin } = originFields(example)
      const row = {
        prompt,
        sections: selection.filter(({ full }) => full).map(({ section }) => section),
        ideal_response: ideal,
        policy: `${policy.id}@${policy.digest}`,
        tools: toolsField(example),
        ...origin,
      }
      if (holdsReasoning(row, example)) throw new ReasoningFoundError(id)
      return succeed([row])
    },
  }
}

/** What a person found right outweighs what was declared. */
function idealResponse({ labels, decision }: Example): string | null {
  const overturned = labels.findLast(({ kind }) => kind === 'wrong_decision')
  return overturned?.decision ?? decision
}

/** True where the row holds reasoning in words that are not the client's own: reasoning quotes what it answers. */
export function holdsReasoning(row: JsonObject, { transcript }: Example): boolean {
  if (namesReasoning(row)) return true
  const reasonings = transcript.attempts.flatMap(({ reasoning }) =>
    reasoning === null || reasoning.trim() === '' ? [] : [reasoning],
  )
  if (reasonings.length === 0) return false
  const texts = stringsOf(row)
  const own = stringsOf(transcript.request)
  const ownText = own.join('\n')
  const isQuoted = (text: string) => texts.some((one) => one.includes(text))
  if (reasonings.some((text) => isQuoted(text.trim()) && !ownText.includes(text.trim()))) {
    return true
  }
  const runs = new Set(reasonings.flatMap(wordRuns))
  const hits = texts.flatMap(wordRuns).filter((run) => runs.has(run))
  if (hits.length === 0) return false
  const sayable = new Set(own.flatMap(wordRuns))
  return hits.some((run) => !sayable.has(run))
}

const FIELD = /^(?:reasoning|thinking|thought)/

function namesReasoning(value: JsonValue): boolean {
  if (Array.isArray(value)) return (value as JsonArray).some(namesReasoning)
  if (!isJsonObject(value)) return false
  return Object.entries(value).some(
    ([name, item]) => FIELD.test(name) || namesReasoning(item as JsonValue),
  )
}

function stringsOf(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return (value as JsonArray).flatMap(stringsOf)
  return isJsonObject(value) ? Object.values(value).flatMap(stringsOf) : []
}
