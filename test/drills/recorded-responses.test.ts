/**
 * Every recorded exchange of the Responses contract read through its dialect, whole and cut into awkward network chunks: what it
 * says, read apart from the code under test, or a classed failure. Prints counts with CHAMBERS_REPORT=1.
 */
import { describe, expect, test } from 'vitest'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { reveal } from '../../src/lib/opaque.ts'
import { ReplyReader } from '../../src/model/reply-reader.ts'
import { responsesDialect } from '../../src/model/responses/dialect.ts'
import { type Exchange, loadExchanges } from '../fakes/replay.ts'

const recordings = loadExchanges({ api: 'responses' })
const exchanges = (recordings ?? []).filter(({ response }) => response.status < 300)

type Said = { readonly text: string; readonly calls: string; readonly refusal: string }

const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : []

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** The items of a response as far as they are said to whoever asked; null where it is no answer. */
function told({ streaming, response }: Exchange): Said | null {
  const objects: readonly JsonObject[] = streaming
    ? response.body
        .split(/\r?\n/)
        .filter((line) => /^data: *\{/.test(line))
        .map((line): JsonObject => JSON.parse(line.slice(line.indexOf('{'))))
    : [{ type: 'response.completed', response: JSON.parse(response.body) }]
  const last = objects.find(({ type }) =>
    /^response\.(completed|incomplete|done)$/.test(textOf(type)),
  )
  if (!last || !isJsonObject(last.response) || isJsonObject(last.response.error)) return null
  if (!Array.isArray(last.response.output)) return null
  const listed = listOf(last.response.output)
  const items =
    listed.length > 0
      ? listed
      : objects.flatMap(({ item, type }) => {
          return isJsonObject(item) && type === 'response.output_item.done' ? [item] : []
        })
  const parts = items
    .filter(({ type }) => type === 'message')
    .flatMap(({ content }) => listOf(content))
  return {
    text: parts
      .filter(({ type }) => type === 'output_text')
      .map(({ text }) => textOf(text))
      .join(''),
    refusal: parts.map(({ refusal }) => textOf(refusal)).join(''),
    calls: items
      .filter(({ type }) => type === 'function_call' || type === 'custom_tool_call')
      .map(({ arguments: args, input }) => textOf(args ?? input))
      .join(''),
  }
}

function read(body: string, length: number) {
  const draft = responsesDialect.createDraft({ choices: 1, tools: new Set(), ids: new Set() })
  const reader = new ReplyReader(draft)
  for (let at = 0; at < body.length && !reader.isDone; at += length) {
    reader.push(body.slice(at, at + length))
  }
  return reader.end(() => 'call_1')
}

function said(body: string, length: number): Said | string {
  const reply = read(body, length)
  if (!reply.ok) return reply.failure.reason
  const [choice] = reply.value.choices
  if (!choice) return 'none'
  return {
    text: reveal(choice.output)
      .filter(({ channel }) => channel === 'content')
      .map(({ text }) => text)
      .join(''),
    refusal: choice.refusal ?? '',
    calls: choice.toolCalls.map(({ arguments: text }) => text).join(''),
  }
}

describe.skipIf(recordings === null)('recorded exchanges of the Responses contract', () => {
  const counts = { same: 0, empty: 0, failed: 0 }

  test.each(exchanges.map((exchange) => [exchange.id, exchange] as const))('%s', (_, exchange) => {
    const { body } = exchange.response
    const wanted = told(exchange)
    const whole = said(body, Math.max(body.length, 1))
    for (const length of [1, 7, 997]) expect(said(body, length)).toEqual(whole)
    if (wanted === null) {
      counts.failed++
      expect(whole).toEqual(expect.any(String))
    } else if (Object.values(wanted).join('') === '' && typeof whole === 'string') {
      // Items of the provider's own tools alone, or nothing at all.
      counts.empty++
      expect(whole).toBe('model_empty')
    } else {
      counts.same++
      expect(whole).toEqual(wanted)
    }
  })

  test('are counted', () => {
    if (process.env.CHAMBERS_REPORT === '1') process.stdout.write(`${JSON.stringify(counts)}\n`)
    expect(counts.same).toBeGreaterThan(0)
  })
})
