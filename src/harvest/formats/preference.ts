/**
 * Preferences: pairs of a released answer and one that failed before it (DPO), or single answers with a verdict (KTO). Pure.
 * Without reasoning unless it is asked for: then it stands on every side that has any.
 */
import type { JsonObject } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import { type Columns, MESSAGES, REASONED_MESSAGES } from '../columns.ts'
import type { Completion, Example } from '../example.ts'
import type { Format, FormatOptions } from './format.ts'
import { completionMessage, originFields, textExample, toolsField } from './messages.ts'

type Options = Pick<FormatOptions, 'withReasoning' | 'thinkTags'>

const ORIGIN = { id: 'string', section: 'string', decision: 'string' } as const

/** One pair for each failed attempt that says something else. */
export function createPreferenceFormat({ withReasoning, thinkTags }: Options): Format {
  const sides = sidesOf({ withReasoning, thinkTags })
  const columns: Columns = {
    prompt: MESSAGES,
    chosen: sides,
    rejected: sides,
    tools: 'string',
    ...ORIGIN,
  }
  const shown = { reasoning: withReasoning, thinkTags }
  return {
    name: 'preference',
    version: 1,
    columns,
    holdsReasoning: withReasoning,
    rowsOf(example) {
      const read = textExample(example, shown)
      if (!read.ok) return read
      const { prompt, completion } = read.value
      const rows = example.rejected.flatMap((failed) => {
        const rejected = completionMessage(failed, shown)
        if (!rejected || JSON.stringify(rejected) === JSON.stringify(completion)) return []
        const sided = { prompt, chosen: [completion], rejected: [rejected] }
        return [{ ...sided, tools: toolsField(example), ...originFields(example) }]
      })
      return rows.length > 0 ? succeed(rows) : fail('nothing_rejected')
    },
  }
}

/** One row for each attempt that was judged, by a reviewer or by a person. */
export function createKtoFormat({ withReasoning, thinkTags }: Options): Format {
  const columns: Columns = {
    prompt: MESSAGES,
    completion: sidesOf({ withReasoning, thinkTags }),
    label: 'boolean',
    tools: 'string',
    ...ORIGIN,
  }
  const shown = { reasoning: withReasoning, thinkTags }
  return {
    name: 'kto',
    version: 1,
    columns,
    holdsReasoning: withReasoning,
    rowsOf(example) {
      const read = textExample(example, shown)
      if (!read.ok) return read
      const { prompt } = read.value
      const rowOf = (completion: JsonObject, label: boolean) => {
        const judged = { prompt, completion: [completion], label }
        return { ...judged, tools: toolsField(example), ...originFields(example) }
      }
      const chosen = isJudged(example.chosen, example) ? [rowOf(read.value.completion, true)] : []
      const rejected = example.rejected.flatMap((failed) => {
        const completion = completionMessage(failed, shown)
        return completion && isJudged(failed, example) ? [rowOf(completion, false)] : []
      })
      const rows = [...chosen, ...rejected]
      return rows.length > 0 ? succeed(rows) : fail('not_judged')
    },
  }
}

function sidesOf({ withReasoning, thinkTags }: Options) {
  return withReasoning && !thinkTags ? REASONED_MESSAGES : MESSAGES
}

/** A person who rewrote an answer has judged both, the old one and the new. */
function isJudged({ attempt }: Completion, { labels, chosen }: Example): boolean {
  if (labels.some(({ kind }) => kind === 'good')) return true
  if (chosen.attempt === null && labels.some(({ kind }) => kind === 'edited_answer')) return true
  return (attempt?.verdicts ?? []).some(({ channel }) => channel === 'answer')
}
