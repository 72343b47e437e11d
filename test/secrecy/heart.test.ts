/**
 * Canaries in reasoning, through every ending of a deliberation: they must turn up nowhere but in the reasoning itself,
 * the reasoning channel's prompt and the second pass.
 */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Deliberation } from '../../src/conversation/outcome.ts'
import { revealReasoning } from '../../src/conversation/reasoning.ts'
import { noMetrics } from '../../src/telemetry/metrics.ts'
import { INVISIBLE_SIGNS, interspersed, MARKS } from '../fakes/disguises.ts'
import { promptText, type Script } from '../fakes/scripted-model.ts'
import {
  answerJudge,
  createBundle,
  isReasoningReview,
  passingJudge,
  reply,
  run,
  verdict,
  violated,
} from '../unit/deliberation/fixtures.ts'

const CANARY = 'zx-canary-81f2'
const STRATEGIES = ['tagged', 'native', 'two-pass', 'auto'] as const
const thoughtful: Script = (prompt) => reply(prompt, { thought: `I think ${CANARY} here` })

type Options = Parameters<typeof run>[0]
const demands = { structured: false, logprobs: false, stop: false, audio: false, tools: false }

const ENDINGS: readonly (readonly [string, Options])[] = [
  ['release', { draft: thoughtful }],
  ['redraft', { draft: thoughtful, judge: answerJudge((p) => violated(p, 'GEN2'), verdict) }],
  ['substitute', { draft: thoughtful, judge: answerJudge((p) => violated(p, 'GEN2')) }],
  [
    'poor reasoning',
    {
      draft: thoughtful,
      judge: (p) => ({
        content: JSON.stringify(verdict(p, isReasoningReview(p) ? { grounded: 0 } : {})),
      }),
    },
  ],
  [
    'missing section',
    {
      draft: thoughtful,
      judge: answerJudge((p) => verdict(p, { missingSections: ['SHM'] }), verdict),
    },
  ],
  ['failed check', { draft: (p) => reply(p, { thought: CANARY, clauses: 'ZZZ9' }) }],
  ['no decision', { draft: (p) => reply(p, { thought: CANARY, decision: null }) }],
  ['no answer', { draft: (p) => reply(p, { thought: CANARY, answer: '' }) }],
  ['no boundary', { draft: () => ({ content: `<think>${CANARY}` }) }],
  [
    'open tag',
    {
      draft: (p) => ({
        content: (reply(p, { thought: CANARY }).content ?? CANARY).split('</deliberation')[0] ?? '',
      }),
    },
  ],
  ['cut by length', { draft: () => ({ reasoning: CANARY, content: '', finishReason: 'length' }) }],
  ['refusal', { draft: (p) => reply(p, { thought: CANARY, refusal: 'No.', answer: '' }) }],
  ['filter', { draft: () => ({ reasoning: CANARY, finishReason: 'content_filter' }) }],
  ['judge down', { draft: thoughtful, judge: () => ({ content: '' }) }],
  [
    'judge down, released',
    {
      draft: thoughtful,
      judge: () => ({ content: '' }),
      bundle: createBundle({ judge: { onFailure: 'release' } }),
    },
  ],
  [
    'judge quotes it',
    { draft: thoughtful, judge: (p) => ({ content: `${CANARY} ${JSON.stringify(verdict(p))}` }) },
  ],
  [
    'judge quotes it in a verdict',
    {
      draft: thoughtful,
      judge: (prompt) => {
        if (!isReasoningReview(prompt)) return { content: JSON.stringify(verdict(prompt)) }
        const bad = violated(prompt, 'GEN2') as { findings: object[] }
        const findings = bad.findings.map((item) => ({ ...item, evidence: CANARY, hint: CANARY }))
        const quoting = { ...verdict(prompt), findings, missingSections: [CANARY] }
        return { content: JSON.stringify(quoting) }
      },
    },
  ],
  [
    'upstream down at redraft',
    {
      draft: (p, call) =>
        call > 1 ? { failure: { reason: 'model_cut' } } : reply(p, { thought: CANARY }),
      judge: answerJudge((p) => violated(p, 'GEN2')),
    },
  ],
  [
    'logprobs',
    {
      draft: (p) =>
        reply(p, {
          thought: CANARY,
          logprobs: { content: [{ token: CANARY, logprob: 0 }], reasoning: CANARY },
        }),
      inquiry: { demands: { ...demands, logprobs: true } },
    },
  ],
  [
    'several choices',
    {
      draft: (p) => ({ choices: [1, 2].map(() => reply(p, { thought: CANARY })) }),
      inquiry: { choices: 2 },
    },
  ],
]

/** Everything said to spans and metrics. */
function listen() {
  const said: unknown[] = []
  const span = {
    set: (attributes: unknown) => void said.push(attributes),
    fail: (reason: unknown) => void said.push(reason),
    end() {},
    child(...given: unknown[]) {
      said.push(given)
      return span
    },
    traceparent: undefined,
  }
  const metrics = Object.fromEntries(
    Object.keys(noMetrics).map((name) => [name, (...given: unknown[]) => void said.push(given)]),
  ) as unknown as typeof noMetrics
  return { said, span, metrics }
}

/** All that is visible of a deliberation without a named act. */
function visible(deliberation: Deliberation): string {
  return [
    JSON.stringify(deliberation),
    inspect(deliberation, { depth: 20, showHidden: true }),
    JSON.stringify(structuredClone(JSON.parse(JSON.stringify(deliberation.outcome)))),
  ].join('\n')
}

describe.each(STRATEGIES)('with %s drafts', (strategy) => {
  it.each(ENDINGS)('reasoning shows nowhere: %s', async (name, options) => {
    const { said, span, metrics } = listen()
    const { result, reviews } = run({
      ...options,
      span,
      ports: { metrics, settings: { strategy, placement: 'auto' } },
    })
    const deliberation = await result
    expect(visible(deliberation)).not.toContain(CANARY)
    expect(inspect(said, { depth: 10 })).not.toContain(CANARY)
    expect(said.length).toBeGreaterThan(0)
    for (const { prompt } of reviews.calls) {
      if (!isReasoningReview(prompt)) {
        expect([name, JSON.stringify(prompt)]).not.toEqual([name, expect.stringContaining(CANARY)])
      }
    }
  })
})

describe('a block of thoughts in disguise', () => {
  const signs = [...INVISIBLE_SIGNS.filter((_, at) => at % 97 === 0 || at < 60), ...MARKS]
  const dressed: readonly (readonly [string, (tag: string) => string])[] = [
    ...signs.map((sign) => [`U+${hex(sign)}`, (tag: string) => interspersed(tag, sign)] as const),
    ['Cyrillic', (tag) => tag.replace('i', 'і')],
    ['full-width', (tag) => tag.replace('<', '＜').replace('>', '＞')],
    ['small capitals', (tag) => tag.replace('think', 'ᴛʜɪɴᴋ')],
  ]

  it.each(STRATEGIES)('is never released, whatever is drafted: %s', async (strategy) => {
    for (const [name, dress] of dressed) {
      const content = `${dress('<think>')}I think ${CANARY} here${dress('</think>')}\n\nGood day!`
      const { result } = run({
        draft: () => ({ content }),
        ports: { settings: { strategy, placement: 'auto' } },
      })
      const deliberation = await result
      expect([name, deliberation.outcome.ok]).toEqual([name, false])
      expect([name, visible(deliberation)]).toEqual([name, expect.not.stringContaining(CANARY)])
    }
  })

  it.each(STRATEGIES)('is not released behind an answer either: %s', async (strategy) => {
    for (const [name, dress] of dressed) {
      const tail = `${dress('<think>')}I think ${CANARY} here${dress('</think>')}`
      const { result } = run({
        draft: (prompt) => reply(prompt, { answer: `Good day! ${tail}` }),
        ports: { settings: { strategy, placement: 'auto' } },
      })
      const deliberation = await result
      expect([name, visible(deliberation)]).toEqual([name, expect.not.stringContaining(CANARY)])
    }
  })
})

function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16)
}

describe('the canary', () => {
  it('was there to be found: in the reasoning, once it is revealed by name', async () => {
    const { result, reviews } = run({ draft: thoughtful, judge: passingJudge })
    const { attempts } = await result
    const reasoning = attempts[0]?.draft?.reasoning
    expect(reasoning && revealReasoning(reasoning, 'transcript')).toContain(CANARY)
    expect(reviews.calls.some(({ prompt }) => promptText(prompt).includes(CANARY))).toBe(true)
  })

  it('of one draft never reaches the next one', async () => {
    const { result, drafts } = run({
      draft: thoughtful,
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    await result
    expect(drafts.calls.map(({ prompt }) => promptText(prompt).includes(CANARY))).toEqual([
      false,
      false,
    ])
  })

  it('of a first pass reaches the second and nothing else of the draft calls', async () => {
    const { result, drafts } = run({
      draft: thoughtful,
      ports: { settings: { strategy: 'two-pass', placement: 'trailing-system' } },
    })
    await result
    expect(drafts.calls.map(({ prompt }) => promptText(prompt).includes(CANARY))).toEqual([
      false,
      true,
    ])
  })
})
