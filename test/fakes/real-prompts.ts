/**
 * Real prompts as chat conversations, sampled the same at every run: evenly over files, and within a file over its languages.
 * I/O: reads `../shared/data` beside the project; where that is absent there are none.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from '../../src/lib/json.ts'

export type RealPrompt = {
  readonly id: string
  readonly file: string
  readonly lang: string
  /** What stands before the first step. */
  readonly opening: readonly JsonObject[]
  /** User messages to be sent one after the other, each with the answers so far before it; empty where `opening` is all. */
  readonly steps: readonly string[]
  readonly tools: JsonArray | null
}

const FOLDER = join(import.meta.dirname, '../../../shared/data')

/** Longer errands only repeat what the first steps show. */
const MAX_STEPS = 3

/** So many prompts of a folder of the data; fewer where it holds fewer, none where it is absent. */
export function samplePrompts(kind: 'safety' | 'benign', count: number): readonly RealPrompt[] {
  const folder = join(FOLDER, kind)
  if (!existsSync(folder)) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
  const queues = files.map((file) => byLanguage(readRows(folder, file)))
  return takeInTurn(queues).slice(0, count)
}

function readRows(folder: string, file: string): readonly RealPrompt[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => toPrompt(JSON.parse(line), file))
}

function toPrompt(row: JsonObject, file: string): RealPrompt {
  const { id, lang, system, prompt, turns, messages, tools } = row
  const base = { id: textOf(id), file, lang: textOf(lang) }
  const lead = typeof system === 'string' ? [{ role: 'system', content: system }] : []
  const ownTools: JsonArray | null = Array.isArray(tools) && tools.length > 0 ? tools : null
  if (Array.isArray(messages)) {
    return { ...base, opening: [...lead, ...upToQuestion(messages)], steps: [], tools: ownTools }
  }
  const texts: readonly unknown[] = Array.isArray(turns) ? turns : [prompt]
  const steps = texts.filter((text) => typeof text === 'string').slice(0, MAX_STEPS)
  return { ...base, opening: lead, steps, tools: ownTools }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** A recorded dialogue as far as its last question or tool result, without written-out reasoning. */
function upToQuestion(messages: JsonArray): readonly JsonObject[] {
  const list = messages.filter(isJsonObject)
  const last = list.findLastIndex(({ role }) => role !== 'assistant')
  const waiting: string[] = []
  return list
    .slice(0, last + 1)
    .map((message, index) => toMessage(message, `call_${index}`, waiting))
}

/** One source writes calls as `parts` and results without ids; those are put into the chat form. */
function toMessage(message: JsonObject, callId: string, waiting: string[]): JsonObject {
  const { role, content, parts } = message
  if (role === 'tool' && message.tool_call_id === undefined) {
    return { role, content: content ?? '', tool_call_id: waiting.shift() ?? callId }
  }
  if (!Array.isArray(parts)) return without(message, 'reasoning')
  const calls = parts.filter(isJsonObject).map(({ value }, index): JsonObject => {
    const call = typeof value === 'string' ? JSON.parse(value) : value
    const id = `${callId}_${index}`
    waiting.push(id)
    const named = { name: call.name, arguments: JSON.stringify(call.arguments) }
    return { id, type: 'function', function: named }
  })
  return { role: 'assistant', content: content ?? null, tool_calls: calls }
}

function without(message: JsonObject, field: string): JsonObject {
  return Object.fromEntries(Object.entries(message).filter(([name]) => name !== field))
}

/** Rows spread out evenly, one language after the other. */
function byLanguage(rows: readonly RealPrompt[]): readonly RealPrompt[] {
  const groups = Map.groupBy(rows, ({ lang }) => lang)
  return takeInTurn([...groups.values()].map(spread))
}

/** The same rows with neighbours far apart, so that the first few stand for all. */
function spread(rows: readonly RealPrompt[]): readonly RealPrompt[] {
  const stride = Math.max(1, Math.round(Math.sqrt(rows.length)))
  return Array.from({ length: stride }, (_, start) =>
    rows.filter((_row, index) => index % stride === start),
  ).flat()
}

function takeInTurn<Item>(queues: readonly (readonly Item[])[]): readonly Item[] {
  const longest = Math.max(0, ...queues.map(({ length }) => length))
  return Array.from({ length: longest }, (_, index) =>
    queues.flatMap((queue) => queue.slice(index, index + 1)),
  ).flat()
}
