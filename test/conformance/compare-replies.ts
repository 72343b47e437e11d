/**
 * Compares a reply of the gateway with the recording behind it: its form by the contract, what it says, what it must not say.
 * Pure. A problem is a sentence for the person who reads the failing test.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { CANARY } from '../fakes/deliberating-replay.ts'
import type { OpenAiContract } from '../fakes/openapi.ts'
import { readObjects, type Told, type ToldChoice, tell } from '../fakes/recorded-answer.ts'
import type { Exchange } from '../fakes/replay.ts'

/** What the recording says by itself. */
export function recordedAnswer({ response }: Exchange): Told {
  return response.status === 200
    ? tell(response.body)
    : { kind: 'error', error: null, reasoning: '' }
}

/** What is wrong with the form of a reply: fields, chunks, the end of a stream. */
export function formProblems(
  contract: OpenAiContract,
  { response, body, stream }: { response: Response; body: string; stream: boolean },
): string[] {
  const check = (schema: string, value: unknown) =>
    contract.problems(schema, value).map((problem) => `${schema}: ${problem}`)
  if (response.status !== 200) return check('ErrorResponse', JSON.parse(body))
  if (!stream) return check('CreateChatCompletionResponse', JSON.parse(body))
  const events = body.split('\n').filter((event) => event !== '' && !event.startsWith(':'))
  const chunks = events.filter((event) => event !== 'data: [DONE]').map((event) => event.slice(6))
  const values = chunks.map((chunk) => JSON.parse(chunk))
  const failed = values.filter((value) => 'error' in value)
  const rightEnd = failed.length > 0 ? events.length === 1 : events.at(-1) === 'data: [DONE]'
  return [
    ...(rightEnd ? [] : ['a stream that ends otherwise than it should']),
    ...values.flatMap((value) =>
      check(
        'error' in value ? 'ErrorResponse' : 'CreateChatCompletionStreamResponse',
        value,
      ).filter(
        // The document's chunks know function calls alone; OpenAI streams custom ones all the same.
        (problem) => !(problem.includes('/tool_calls/0/type must') && callsCustomTool(value)),
      ),
    ),
  ]
}

function callsCustomTool(chunk: JsonObject): boolean {
  return JSON.stringify(chunk).includes('"type":"custom"')
}

const WINDOW = 30

/** What of the hidden text stands in the reply though it stands in no visible text of the recording. */
export function leaks(exchange: Exchange, response: Response, body: string): string[] {
  const bytes = `${JSON.stringify([...response.headers])}\n${body}`
  const found: string[] = []
  for (const word of [CANARY, 'deliberation-', '<think>', 'decision: ']) {
    if (bytes.includes(word) && !exchange.response.body.includes(word)) found.push(`leak: ${word}`)
  }
  const told = recordedAnswer(exchange)
  const choices = told.kind === 'answer' ? told.choices : []
  const visible = choices.map(({ text, calls }) => text + JSON.stringify(calls)).join('\n')
  const said = saidBy(body)
  for (let at = 0; at + WINDOW <= told.reasoning.length; at += WINDOW) {
    const window = told.reasoning.slice(at, at + WINDOW)
    if (said.includes(window) && !visible.includes(window)) found.push('leak: reasoning')
  }
  return [...new Set(found)]
}

/** Every string of the reply, the pieces of a stream joined field by field. */
export function saidBy(body: string): string {
  const said = new Map<string, string>()
  const add = (value: JsonValue, path: string): void => {
    if (typeof value === 'string') said.set(path, (said.get(path) ?? '') + value)
    else if (Array.isArray(value)) for (const item of value) add(item, path)
    else if (isJsonObject(value)) {
      for (const [name, item] of Object.entries(value)) add(item, `${path}.${name}`)
    }
  }
  for (const object of readObjects(body)) add(object, '')
  return [...said.values()].join('\n')
}

/** Where what was told is not what was recorded, choice by choice. */
export function differences(expected: readonly ToldChoice[], got: readonly ToldChoice[]): string[] {
  const problems: string[] = []
  if (expected.length !== got.length)
    problems.push(`${got.length} choices in place of ${expected.length}`)
  for (const [index, choice] of expected.entries()) {
    const other = got[index]
    if (!other) continue
    for (const field of ['text', 'refusal', 'finish'] as const) {
      if (choice[field] !== other[field]) {
        problems.push(
          `${field}: ${JSON.stringify(other[field].slice(0, 80))} in place of ${JSON.stringify(choice[field].slice(0, 80))}`,
        )
      }
    }
    const named = (calls: ToldChoice['calls']) => JSON.stringify(calls)
    // A call that came without an id is given one.
    const ids = choice.calls.map((call, at) => call.id || other.calls[at]?.id || '')
    const wanted = choice.calls.map((call, at) => ({ ...call, id: ids[at] ?? '' }))
    if (named(wanted) !== named(other.calls)) {
      problems.push(`calls: ${named(other.calls).slice(0, 200)} for ${named(wanted).slice(0, 200)}`)
    }
  }
  return problems
}
