/**
 * Reinforcement learning: the prompt, and what a reward may know of it. No completion and no reasoning: each row is scanned for
 * the transcript's own, because a reward that reads reasoning teaches a model to hide it. Pure.
 */

import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import { foldForSecrecy } from '../../text/fold.ts'
import { wordRuns } from '../../text/word-runs.ts'
import type { Transcript, TranscriptAttempt } from '../../transcript/record/record.ts'
import { MESSAGES } from '../columns.ts'
import type { Example } from '../example.ts'
import { correctedDecision } from '../human-labels.ts'
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
    version: 5,
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
  const right = correctedDecision(labels)
  return right === null || right === 'disputed' ? decision : right.decision
}

/**
 * True where a field is named for reasoning, or the prompt holds reasoning in words that are not the client's own: reasoning quotes
 * what it answers. The other fields hold ids and decisions alone, which reasoning may well consist of.
 */
export function holdsReasoning(row: JsonObject, { transcript }: Example): boolean {
  if (namesReasoning(row)) return true
  const reasonings = transcript.attempts.flatMap(thoughtsOf)
  if (reasonings.length === 0) return false
  const texts = textsOf(row.prompt, row.tools)
  const own = ownTexts(transcript)
  const [shown, said] = [texts, own].map((all) => all.map(foldForSecrecy))
  const isIn = (all: readonly string[] = [], text: string) => all.some((one) => one.includes(text))
  const thoughts = reasonings.map((text) => foldForSecrecy(text).trim())
  if (thoughts.some((text) => text !== '' && isIn(shown, text) && !isIn(said, text))) return true
  const runs = new Set(reasonings.flatMap(wordRuns))
  const hits = texts.flatMap(wordRuns).filter((run) => runs.has(run))
  if (hits.length === 0) return false
  const sayable = new Set(own.flatMap(wordRuns))
  return hits.some((run) => !sayable.has(run))
}

/** Text that could not be split may be reasoning to its end. */
function thoughtsOf({ reasoning, unsplit }: TranscriptAttempt): readonly string[] {
  const written = unsplit?.segments.map(({ text }) => text).join('') ?? ''
  return [reasoning ?? '', written].filter((text) => text.trim() !== '')
}

/** What the client said, as it was sent and as rows show it: there parts of a message are one text. */
function ownTexts({ request }: Transcript): readonly string[] {
  if (!request) return []
  const { messages, tools } = request
  const shown = Array.isArray(messages) ? textMessages(messages as JsonArray) : null
  return [
    ...textsOf(request, tools === undefined ? null : JSON.stringify(tools)),
    ...textsOf(shown),
  ]
}

function textsOf(...values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) => stringsOf((value ?? null) as JsonValue))
}

const FIELD = /^(?:reasoning|thinking|thought)/

/** What a tool of the client's calls its arguments is the client's own matter: many have one that is named `thought`. */
function namesReasoning(value: JsonValue): boolean {
  if (Array.isArray(value)) return (value as JsonArray).some(namesReasoning)
  if (!isJsonObject(value)) return false
  return Object.entries(value).some(
    ([name, item]) =>
      FIELD.test(name) || (name !== 'arguments' && namesReasoning(item as JsonValue)),
  )
}

function stringsOf(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return (value as JsonArray).flatMap(stringsOf)
  return isJsonObject(value) ? Object.values(value).flatMap(stringsOf) : []
}
