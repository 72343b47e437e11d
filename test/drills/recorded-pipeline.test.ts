/**
 * Every recorded chat exchange as the answer of a model, through the whole deliberation: what the client receives is the
 * answer that was recorded, with its tool calls and finish reason, or a classed failure. Counts with CHAMBERS_REPORT=1.
 */
import { describe, expect, test } from 'vitest'
import type { Completion, CompletionChoice, Model } from '../../src/conversation/model.ts'
import type { Deliberation } from '../../src/conversation/outcome.ts'
import { systemClock, systemRandom } from '../../src/lib/clock.ts'
import { reveal } from '../../src/lib/opaque.ts'
import { chatDialect } from '../../src/model/chat-dialect.ts'
import { createOpenAiModel } from '../../src/model/openai-model.ts'
import { type Exchange, loadExchanges } from '../fakes/replay.ts'
import { createScriptedModel, promptText } from '../fakes/scripted-model.ts'
import { createBundle, reply, run } from '../unit/deliberation/fixtures.ts'

const FRAMING = ['content-encoding', 'content-length', 'transfer-encoding']

/** What a model's thoughts are fenced by in the recordings. */
const THOUGHT = /<\/?think|\[\/?THINK|<\|(?:channel|start|message)/i

const recordings = loadExchanges({ api: 'chat' })
const exists = recordings !== null
const exchanges = recordings ?? []

/** Replays the recording for every call but a first pass, which is written for it. */
function replay(exchange: Exchange): { model: Model; completions: Completion[] } {
  const { status, body } = exchange.response
  const headers = Object.entries(exchange.response.headers).filter(
    ([name]) => !FRAMING.includes(name.toLowerCase()),
  )
  const recorded = createOpenAiModel({
    dialect: chatDialect,
    provider: exchange.provider,
    baseURL: 'http://upstream.test/v1',
    apiKey: 'key',
    fetch: async () => new Response(body, { status, headers }),
    clock: systemClock,
    random: systemRandom,
    maxRetries: 0,
    maxBodyBytes: 20_000_000,
    timeouts: { connectMs: 1000, firstTokenMs: 20_000, idleMs: 20_000, totalMs: 20_000 },
  })
  const written = createScriptedModel((prompt) => reply(prompt))
  const completions: Completion[] = []
  const model: Model = {
    provider: exchange.provider,
    async complete(prompt, options) {
      if (/^Write the deliberation only\.$/m.test(promptText(prompt))) {
        return written.complete(prompt, options)
      }
      const result = await recorded.complete({ ...prompt, stream: exchange.streaming }, options)
      if (result.ok) completions.push(result.value)
      return result
    },
  }
  return { model, completions }
}

async function deliberate(exchange: Exchange, strategy: 'native' | 'two-pass', choices: number) {
  const { model, completions } = replay(exchange)
  const { result } = run({
    bundle: createBundle({ maxRedrafts: 0 }),
    ports: { model, settings: { strategy, placement: 'trailing-system' } },
    inquiry: { choices },
  })
  return { deliberation: await result, completion: completions[0] }
}

function contentOf(choice: CompletionChoice): string {
  return reveal(choice.output)
    .filter(({ channel }) => channel === 'content')
    .map(({ text }) => text)
    .join('')
}

/** How it ended, as one word; a substitute is no ending a valid answer may have. */
function ending({ outcome }: Deliberation): string {
  if (!outcome.ok) return outcome.failure.reason
  const { kind, choices } = outcome.value
  return kind === 'released' ? kind : `${kind} ${choices.map(({ reason }) => reason).join()}`
}

describe.skipIf(!exists)('recorded chat exchanges as drafts', () => {
  test('come out with the same answer, tool calls and finish reason', {
    timeout: 120_000,
  }, async () => {
    const counts = new Map<string, Map<string, number>>()
    let same = 0
    for (const exchange of exchanges) {
      const first = await deliberate(exchange, 'two-pass', 1)
      const asked = first.completion?.choices.length ?? 1
      const { deliberation, completion } =
        asked > 1 ? await deliberate(exchange, 'two-pass', asked) : first
      const count = counts.get(exchange.provider) ?? new Map<string, number>()
      counts.set(exchange.provider, count)
      const word = ending(deliberation)
      count.set(word, (count.get(word) ?? 0) + 1)
      if (!deliberation.outcome.ok || word !== 'released' || !completion) continue
      for (const [index, { answer }] of deliberation.outcome.value.choices.entries()) {
        const choice = completion.choices[index]
        if (!choice || choice.finishReason === 'content_filter') continue
        const text = answer.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
        const calls = answer.parts.flatMap((part) => (part.kind === 'tool_call' ? [part.call] : []))
        expect(calls, exchange.id).toEqual(choice.toolCalls)
        if (choice.finishReason) expect(answer.finishReason, exchange.id).toBe(choice.finishReason)
        const content = contentOf(choice)
        if (THOUGHT.test(content)) {
          expect(text.join(''), exchange.id).not.toMatch(THOUGHT)
        } else {
          expect(text.join(''), exchange.id).toBe(content.trim() === '' ? '' : content)
          same++
        }
      }
    }
    if (process.env.CHAMBERS_REPORT) {
      for (const [provider, count] of counts) {
        process.stdout.write(`${provider}: ${JSON.stringify(Object.fromEntries(count))}\n`)
      }
    }
    const endings = new Set([...counts.values()].flatMap((count) => [...count.keys()]))
    expect([...endings].filter((word) => word.startsWith('redrafted'))).toEqual([])
    expect(same).toBeGreaterThan(1000)
  })
})
