/**
 * What a chat reply says, JSON or stream, read as simply as can be and apart from the code under test. Pure.
 * It reads recordings and the gateway's own replies alike, so that the two can be compared.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'

export type ToldCall = { id: string; name: string; arguments: string }

export type ToldChoice = {
  text: string
  refusal: string
  calls: ToldCall[]
  finish: string
}

export type Told =
  | {
      readonly kind: 'answer'
      /** By index, from 0 on. */
      readonly choices: readonly ToldChoice[]
      /** All of the reasoning that is in the clear. */
      readonly reasoning: string
    }
  | {
      readonly kind: 'error'
      readonly error: JsonObject | null
      /** What came before the error. */
      readonly reasoning: string
    }

type Draft = ToldChoice & { index: number; finished: boolean; reasoning: string }

/** Reads a body with a success status; an error object in it, a cut and an empty answer are errors. */
export function tell(body: string): Told {
  const isStream = !/^\s*[{[]/.test(body)
  const objects = readObjects(body)
  if (objects.length === 0) return failed(null, [])
  const drafts = new Map<number, Draft>()
  for (const object of objects) {
    const error = errorOf(object)
    if (error) return failed(error, [...drafts.values()])
    for (const choice of listOf(object.choices)) {
      const index = typeof choice.index === 'number' ? choice.index : 0
      const draft = drafts.get(index) ?? blank(index)
      drafts.set(index, draft)
      addChoice(draft, choice, isStream)
    }
  }
  const found = [...drafts.values()].sort((one, other) => one.index - other.index)
  const isWhole = !isStream || /^data: *\[DONE\]/m.test(body) || found.every((d) => d.finished)
  if (!isWhole || found.length === 0) return failed(null, found)
  return { kind: 'answer', choices: found.map(settle), reasoning: reasoningOf(found) }
}

function failed(error: JsonObject | null, drafts: readonly Draft[]): Told {
  return { kind: 'error', error, reasoning: reasoningOf(drafts) }
}

/** True when a choice holds something a person or a program could use. */
export function saysSomething({ text, refusal, calls }: ToldChoice): boolean {
  return text.trim() !== '' || refusal !== '' || calls.length > 0
}

/** The objects of a body, whether it is one or the events of a stream; none where it is neither. */
export function readObjects(body: string): readonly JsonObject[] {
  return (/^\s*[{[]/.test(body) ? readWhole(body) : readEvents(body)) ?? []
}

function readEvents(body: string): JsonObject[] {
  const objects: JsonObject[] = []
  for (const line of body.split(/\r?\n/)) {
    const data = /^\s*data: *(\{.*)$/.exec(line)?.[1]
    if (data !== undefined) objects.push(...(readWhole(data) ?? []))
  }
  return objects
}

function readWhole(text: string): JsonObject[] | null {
  try {
    const value: JsonValue = JSON.parse(text)
    return isJsonObject(value) ? [value] : null
  } catch {
    return null
  }
}

function errorOf(object: JsonObject): JsonObject | null {
  for (const place of [object, ...listOf(object.choices)]) {
    if (isJsonObject(place.error)) return place.error
    if (typeof place.error === 'string') return { message: place.error }
  }
  return listOf(object.choices).some((choice) => choice.finish_reason === 'error') ? {} : null
}

function blank(index: number): Draft {
  return { index, text: '', refusal: '', calls: [], finish: '', finished: false, reasoning: '' }
}

function addChoice(draft: Draft, choice: JsonObject, isStream: boolean): void {
  const { delta, message } = choice
  const said = isStream
    ? isJsonObject(delta)
      ? delta
      : draft.text === ''
        ? message
        : null
    : (message ?? delta)
  if (isJsonObject(said)) addMessage(draft, said)
  if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
    draft.finish = choice.finish_reason
    draft.finished = true
  }
}

function addMessage(draft: Draft, message: JsonObject): void {
  const thought = message.reasoning_content || message.reasoning
  if (typeof thought === 'string') draft.reasoning += thought
  else {
    for (const detail of listOf(message.reasoning_details)) {
      draft.reasoning += text(detail.text) || text(detail.summary)
    }
  }
  const isHidden = message.channel === 'analysis' || message.channel === 'commentary'
  const content = message.content
  if (typeof content === 'string') draft[isHidden ? 'reasoning' : 'text'] += content
  for (const part of listOf(content)) {
    if (part.type === 'thinking') draft.reasoning += listOf(part.thinking).map(textOf).join('')
    else draft.text += text(part.text)
  }
  draft.refusal += text(message.refusal)
  for (const call of listOf(message.tool_calls)) addCall(draft, call)
  if (isJsonObject(message.function_call)) {
    const { name, arguments: written } = message.function_call
    if (text(name) !== '' || draft.calls.length > 0) {
      addCall(draft, { function: { name: name ?? null, arguments: written ?? null } })
    }
  }
}

function addCall({ calls }: Draft, item: JsonObject): void {
  const body = isJsonObject(item.function) ? item.function : item.custom
  const { name, arguments: written, input } = isJsonObject(body) ? body : {}
  const id = text(item.id)
  const at = typeof item.index === 'number' ? item.index : null
  const known = calls.findLast((call) => at === null || places.get(call) === at)
  const begins = text(name) !== '' && (id === '' ? at === null : id !== known?.id)
  let call = begins ? calls.find((other) => id !== '' && other.id === id) : known
  if (!call) {
    call = { id, name: text(name), arguments: '' }
    if (at !== null) places.set(call, at)
    calls.push(call)
  }
  const piece = written ?? input
  call.arguments += typeof piece === 'string' ? piece : piece == null ? '' : JSON.stringify(piece)
}

/** The stream index of a call, where it had one. */
const places = new WeakMap<ToldCall, number>()

const FINISHES: Readonly<Record<string, string>> = {
  eos: 'stop',
  end_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
}

/** A leading think block; one that does not close leaves no answer. */
const THINK = /^\s*<think>[\s\S]*?(?:<\/think>[\r\n]*|$)/

function reasoningOf(drafts: readonly Draft[]): string {
  return drafts.map((draft) => draft.reasoning + (THINK.exec(draft.text)?.[0] ?? '')).join('\n')
}

function settle({ text: whole, refusal, calls, finish }: Draft): ToldChoice {
  const visible = whole.replace(THINK, '')
  const inferred = calls.length > 0 ? 'tool_calls' : 'stop'
  return {
    text: visible.trim() === '' ? '' : visible,
    refusal,
    calls,
    finish: FINISHES[finish.toLowerCase()] ?? (finish === '' ? inferred : finish.toLowerCase()),
  }
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function textOf(part: JsonObject): string {
  return text(part.text)
}
