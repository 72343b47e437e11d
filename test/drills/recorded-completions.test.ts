/**
 * Every recorded chat exchange read through the adapter, whole and cut into awkward network chunks: a completion that is the
 * same at every chunking, or a classed failure. Prints counts by provider with CHAMBERS_REPORT=1.
 */
import { describe, expect, test } from 'vitest'
import type { Completion, ModelFailure } from '../../src/conversation/model.ts'
import { splitSegments } from '../../src/deliberation/split/split.ts'
import { type Random, systemClock } from '../../src/lib/clock.ts'
import { isJsonObject } from '../../src/lib/json.ts'
import { reveal } from '../../src/lib/opaque.ts'
import type { Result } from '../../src/lib/result.ts'
import { noSpan } from '../../src/lib/tracing.ts'
import { chatDialect } from '../../src/model/chat-dialect.ts'
import { createOpenAiModel } from '../../src/model/openai-model.ts'
import { type Exchange, loadExchanges } from '../fakes/replay.ts'

const recordings = loadExchanges({ api: 'chat' })
const exists = recordings !== null
const exchanges = recordings ?? []

const encoder = new TextEncoder()
const random: Random = { hex: (bytes) => '0'.repeat(bytes * 2), fraction: () => 0 }
const FRAMING = ['content-encoding', 'content-length', 'transfer-encoding']

/** Cuts bytes into pieces of the given lengths, over and over; in the middle of characters too. */
function chunked(bytes: Uint8Array, lengths: readonly number[]): ReadableStream<Uint8Array> {
  let at = 0
  let turn = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        const length = lengths[turn++ % lengths.length] ?? 1
        controller.enqueue(bytes.slice(at, at + length))
        at += length
      },
    },
    { highWaterMark: 0 },
  )
}

async function read(
  exchange: Exchange,
  lengths: readonly number[],
): Promise<Result<Completion, ModelFailure>> {
  const bytes = encoder.encode(exchange.response.body)
  const headers = Object.entries(exchange.response.headers).filter(
    ([name]) => !FRAMING.includes(name.toLowerCase()),
  )
  const model = createOpenAiModel({
    dialect: chatDialect,
    provider: exchange.provider,
    baseURL: 'http://upstream.test/v1',
    apiKey: 'key',
    fetch: async () =>
      new Response(chunked(bytes, lengths), { status: exchange.response.status, headers }),
    clock: systemClock,
    random,
    maxRetries: 0,
    maxBodyBytes: 20_000_000,
    timeouts: { connectMs: 1000, firstTokenMs: 20_000, idleMs: 20_000, totalMs: 20_000 },
  })
  return model.complete(
    {
      model: 'm',
      turns: [{ role: 'user', content: 'Hi' }],
      parameters: {},
      stream: exchange.streaming,
    },
    { signal: new AbortController().signal, span: noSpan },
  )
}

/** A result as plain data, opened, without its times. */
function plain(result: Result<Completion, ModelFailure>) {
  if (!result.ok) return { ...result.failure, detail: undefined }
  const { timings: _, choices, ...rest } = result.value
  return {
    ...rest,
    choices: choices.map((choice) => ({
      ...choice,
      output: reveal(choice.output),
      logprobs: reveal(choice.logprobs),
    })),
  }
}

/** What the recorded body says, read as simply as can be: the deltas or the message of choice 0 joined. */
function told(exchange: Exchange): { content: string; calls: string } {
  const { body } = exchange.response
  const objects: readonly unknown[] = exchange.streaming
    ? body
        .split(/\r?\n/)
        .filter((line) => /^\s*data: *\{/.test(line))
        .map((line) => JSON.parse(line.slice(line.indexOf('{'))))
    : [JSON.parse(body)]
  let content = ''
  let calls = ''
  for (const object of objects) {
    const choices = isJsonObject(object) && Array.isArray(object.choices) ? object.choices : []
    // Copilot sends text and tool calls of one answer as two choices without an index.
    for (const choice of choices.filter((item) => isJsonObject(item) && (item.index ?? 0) === 0)) {
      const { delta, message: whole } = choice
      const message = exchange.streaming ? (delta ?? whole) : (whole ?? delta)
      if (!isJsonObject(message)) continue
      const parts = Array.isArray(message.content) ? message.content : [{ text: message.content }]
      for (const part of parts) if (typeof part.text === 'string') content += part.text
      const items = Array.isArray(message.tool_calls) ? message.tool_calls : []
      for (const item of items) {
        calls += (item.type === 'custom' ? item.custom.input : item.function?.arguments) ?? ''
      }
    }
  }
  return { content, calls }
}

const AWKWARD: readonly (readonly number[])[] = [[1_000_000_000], [1, 7, 3], [64, 1, 1024], [4096]]

describe.skipIf(!exists)('recorded chat exchanges', () => {
  test('each gives one outcome, whatever the network chunks', async () => {
    const counts = new Map<string, { completions: number; failures: string[] }>()
    for (const exchange of exchanges) {
      const whole = await read(exchange, [1_000_000_000])
      const lengths = exchange.response.body.length > 100_000 ? AWKWARD.slice(2) : AWKWARD.slice(1)
      for (const cut of lengths)
        expect(plain(await read(exchange, cut)), exchange.id).toEqual(plain(whole))
      const count = counts.get(exchange.provider) ?? { completions: 0, failures: [] }
      counts.set(exchange.provider, count)
      if (whole.ok) count.completions++
      else
        count.failures.push(
          `${exchange.id} ${exchange.response.status} ${JSON.stringify(plain(whole))} ${exchange.oddities.join()}`,
        )
    }
    if (process.env.CHAMBERS_REPORT) {
      for (const [provider, { completions, failures }] of counts) {
        process.stdout.write(
          `${provider}: ${completions} completions, ${failures.length} failures\n${failures.map((line) => `  ${line}\n`).join('')}`,
        )
      }
    }
  })

  test('each failing status is a failure, and each other failure has a known cause', async () => {
    for (const exchange of exchanges) {
      const result = await read(exchange, [1_000_000_000])
      if (exchange.response.status >= 400) expect(result.ok, exchange.id).toBe(false)
      else if (!result.ok) {
        expect(
          [
            'model_rejected',
            'model_unauthorized',
            'model_error_in_body',
            'model_cut',
            'model_empty',
            'model_unreadable',
          ],
          exchange.id,
        ).toContain(result.failure.reason)
      }
    }
  })

  test('content and tool arguments come through unchanged', async () => {
    let compared = 0
    for (const exchange of exchanges) {
      const result = await read(exchange, [1_000_000_000])
      const choice = result.ok ? result.value.choices.find((item) => item.index === 0) : undefined
      if (!choice) continue
      const output = reveal(choice.output)
      const content = output
        .filter((item) => item.channel === 'content')
        .map((item) => item.text)
        .join('')
      const calls = choice.toolCalls
        .filter((item) => item.kind !== 'legacy')
        .map((item) => item.arguments)
      const expected = told(exchange)
      expect(content, exchange.id).toBe(expected.content)
      expect(calls.join('').length, exchange.id).toBe(expected.calls.length)
      compared++
    }
    expect(compared).toBeGreaterThan(1000)
  })

  test('labelled reasoning is in the reasoning channel or in tags that the splitter takes off', async () => {
    const labels = [
      'reasoning_content',
      'reasoning_field',
      'reasoning_details',
      'thinking_content_parts',
      'think_tag_in_content',
    ]
    const outcomes = new Map<string, number>()
    for (const exchange of exchanges.filter((item) =>
      labels.some((label) => item.features.includes(label)),
    )) {
      const result = await read(exchange, [1_000_000_000])
      for (const choice of result.ok ? result.value.choices : []) {
        const segments = reveal(choice.output)
        const split = splitSegments(segments, { kind: 'native' }, choice.toolCalls.length > 0)
        const outcome = split.ok ? 'split' : split.failure.reason
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        if (!split.ok && process.env.CHAMBERS_REPORT)
          process.stdout.write(`native ${exchange.id} ${outcome} ${exchange.features.join()}\n`)
        if (split.ok) expect(split.value.answer, exchange.id).not.toMatch(/<\/?think/)
      }
    }
    if (process.env.CHAMBERS_REPORT)
      process.stdout.write(`native split: ${JSON.stringify(Object.fromEntries(outcomes))}\n`)
    expect(outcomes.get('split')).toBeGreaterThan(150)
  })

  const everyByte = exchanges.filter((item) => item.streaming && item.response.body.length < 6000)
  test.each(everyByte.filter((_, index) => index % 9 === 0).slice(0, 8))(
    '$id reads the same with a cut at every byte',
    async (exchange) => {
      const whole = plain(await read(exchange, [1_000_000_000]))
      const length = encoder.encode(exchange.response.body).length
      for (let at = 1; at < length; at++)
        expect(plain(await read(exchange, [at, length])), String(at)).toEqual(whole)
    },
  )
})
