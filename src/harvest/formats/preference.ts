/**
 * Preferences: pairs of a released answer and one that failed before it (DPO), or single answers with a verdict (KTO). Pure.
 * Without reasoning unless it is asked for: then it stands on every side that has any. What a row shows is what was found wanting:
 * an answer whose reasoning alone failed is no worse than another.
 */
import type { JsonObject } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import { type Columns, MESSAGES } from '../columns.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import { correctedDecision, latestEdit, ratingOf } from '../human-labels.ts'
import { isFailedDraft } from './failed-draft.ts'
import type { Format, FormatOptions } from './format.ts'
import {
  completionMessage,
  originFields,
  saysTheSame,
  textExample,
  toolsField,
} from './messages.ts'

type Options = Pick<FormatOptions, 'withReasoning' | 'thinkTags'>

const ORIGIN = { id: 'string', section: 'string', decision: 'string' } as const

/** One pair for each failed attempt that says something else. */
export function createPreferenceFormat({ withReasoning, thinkTags }: Options): Format {
  const columns: Columns = {
    prompt: MESSAGES,
    chosen: MESSAGES,
    rejected: MESSAGES,
    tools: 'string',
    ...ORIGIN,
  }
  const shown = { reasoning: withReasoning, thinkTags }
  return {
    name: 'preference',
    version: 5,
    columns,
    holdsReasoning: withReasoning,
    rowsOf(example) {
      const read = textExample(example, shown)
      if (!read.ok) return read
      const { prompt, completion } = read.value
      const rows = example.rejected.flatMap((failed) => {
        const rejected = completionMessage(failed, shown)
        if (!rejected || saysTheSame(rejected, completion)) return []
        if (!isFailedDraft(failed, example, shown)) return []
        const sided = { prompt, chosen: [completion], rejected: [rejected] }
        return [{ ...sided, tools: toolsField(example), ...originFields(example) }]
      })
      return rows.length > 0 ? succeed(rows) : fail('nothing_rejected')
    },
  }
}

/** One row for each attempt that was judged, by a reviewer or by a person, whose word governs. */
export function createKtoFormat({ withReasoning, thinkTags }: Options): Format {
  const columns: Columns = {
    prompt: MESSAGES,
    completion: MESSAGES,
    label: 'boolean',
    tools: 'string',
    ...ORIGIN,
  }
  const shown = { reasoning: withReasoning, thinkTags }
  return {
    name: 'kto',
    version: 5,
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
      const word = wordOfPeople(example)
      const isToldOf = word !== null || isJudged(example.chosen, example)
      const chosen = isToldOf ? [rowOf(read.value.completion, word ?? true)] : []
      const rejected = example.rejected.flatMap((failed) => {
        const completion = completionMessage(failed, shown)
        if (!completion || saysTheSame(completion, read.value.completion)) return []
        const isTold = isJudged(failed, example) && !isDefended(failed, example)
        const isWorse = isTold && isFailedDraft(failed, example, shown)
        return isWorse ? [rowOf(completion, false)] : []
      })
      const rows = [...chosen, ...rejected]
      return rows.length > 0 ? succeed(rows) : fail('not_judged')
    },
  }
}

/** A person who rewrote an answer has judged both, the old one and the new. */
function isJudged({ attempt }: ExampleCompletion, { chosenBy }: Example): boolean {
  return (
    chosenBy === 'edit' || (attempt?.verdicts ?? []).some(({ channel }) => channel === 'answer')
  )
}

/** A draft that decided as a person says is right has failed by nobody's word but the review's. */
function isDefended(
  { decision, attempt }: ExampleCompletion,
  { labels, chosen }: Example,
): boolean {
  const right = correctedDecision(labels)
  if (right === null || attempt === null || attempt === chosen.attempt) return false
  return right === 'disputed' || right.decision === decision
}

/** What people say of the chosen answer; null where they say nothing. Two who name two right decisions agree that it is wrong. */
function wordOfPeople({ labels, chosenBy }: Example): boolean | null {
  const mark = ratingOf(labels, chosenBy === 'edit' ? latestEdit(labels) : null)
  const right = correctedDecision(labels)
  if (mark === 'bad' || (right !== null && chosenBy === 'gateway')) return false
  return mark === 'good' ? true : null
}
