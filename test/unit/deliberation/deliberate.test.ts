import { describe, expect, it } from 'vitest'
import type { ModelFailure, Prompt } from '../../../src/conversation/model.ts'
import { revealReasoning } from '../../../src/conversation/reasoning.ts'
import type { StrategySetting } from '../../../src/deliberation/draft/strategy.ts'
import { createCapabilityMemory } from '../../../src/deliberation/memory.ts'
import { reveal } from '../../../src/lib/opaque.ts'

import { nonceOf, promptText, type ScriptedReply, SOME_USAGE } from '../../fakes/scripted-model.ts'
import {
  ANSWER,
  answerJudge,
  createBundle,
  createSection,
  isReasoningReview,
  releasedTexts,
  reply,
  run,
  selectorById,
  THOUGHT,
  verdict,
  violated,
} from './fixtures.ts'

const REDRAFTED = 'Emma is on the shelf by the door.'

describe('a draft that passes', () => {
  it('is released as it was written, with one call to draft and two to review', async () => {
    const { result, drafts, reviews } = run({})
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual([ANSWER])
    expect(deliberation.outcome).toMatchObject({ ok: true, value: { kind: 'released' } })
    expect(drafts.calls).toHaveLength(1)
    expect(reviews.calls).toHaveLength(2)
    expect(deliberation.attempts).toMatchObject([
      { choice: 0, number: 1, strategy: 'tagged', failure: null, draft: { decision: 'comply' } },
    ])
  })

  it('carries the model that was asked for where the upstream names none', async () => {
    const { result } = run({ draft: (prompt) => ({ ...reply(prompt), model: '' }) })
    expect((await result).outcome).toMatchObject({ value: { model: 'test-model' } })
  })

  it('is told of exactly once when the upstream accepts', async () => {
    let accepted = 0
    await run({
      judge: answerJudge((prompt) => violated(prompt, 'GEN2'), verdict),
      onAccepted: () => accepted++,
    }).result
    expect(accepted).toBe(1)
  })

  it('reaches both channels at the same time', async () => {
    const waiting: (() => void)[] = []
    const { result, reviews } = run({
      judge: (prompt) =>
        new Promise<ScriptedReply>((resolve) => {
          waiting.push(() => resolve({ content: JSON.stringify(verdict(prompt)) }))
          if (waiting.length === 2) for (const go of waiting) go()
        }),
    })
    expect(releasedTexts(await result)).toEqual([ANSWER])
    expect(reviews.calls).toHaveLength(2)
  })
})

describe('a draft that fails the answer channel', () => {
  it('is drafted again with the failed clause and the hint about the answer', async () => {
    const { result, drafts } = run({
      draft: (prompt, call) => reply(prompt, call === 0 ? {} : { answer: REDRAFTED }),
      judge: answerJudge(
        (prompt) => violated(prompt, 'GEN2', 'Say where the book stands.'),
        verdict,
      ),
    })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual([REDRAFTED])
    expect(deliberation.outcome).toMatchObject({
      value: { kind: 'redrafted', choices: [{ attempt: 2, reason: 'violation:GEN2' }] },
    })
    const second = promptText(drafts.calls[1]?.prompt ?? ({} as never))
    expect(second).toContain(
      '- GEN2: GEN rules out operational detail.\n  Hint: Say where the book stands.',
    )
    expect(second).not.toContain(ANSWER)
  })

  it('is never released when attempts are spent: the Fallback of its section is', async () => {
    const { result, drafts } = run({ judge: answerJudge((prompt) => violated(prompt, 'GEN2')) })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual([createSection('GEN').fallback])
    expect(deliberation.outcome).toMatchObject({
      value: {
        kind: 'substituted',
        choices: [{ attempt: null, reason: 'violation:GEN2', answer: { finishReason: 'stop' } }],
      },
    })
    expect(drafts.calls).toHaveLength(2)
  })

  it('takes the Fallback by precedence when several sections failed', async () => {
    const { result } = run({
      inquiry: { turns: [{ role: 'user', content: 'SHM and WPN' }] },
      judge: answerJudge((prompt) =>
        verdict(prompt, {
          findings: ['GEN1', 'GEN2', 'SHM1', 'SHM2', 'WPN1', 'WPN2'].map((clause) => ({
            clause,
            finding: 'violated',
            evidence: null,
            hint: null,
          })),
        }),
      ),
    })
    expect(releasedTexts(await result)).toEqual([createSection('SHM').fallback])
  })

  it('becomes a refusal part where the client demanded JSON', async () => {
    const { result } = run({
      inquiry: {
        demands: { structured: true, logprobs: false, stop: false, audio: false, tools: false },
        parameters: { response_format: { type: 'json_object' } },
      },
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    expect((await result).outcome).toMatchObject({
      value: {
        choices: [
          { answer: { parts: [{ kind: 'refusal', text: createSection('GEN').fallback }] } },
        ],
      },
    })
  })

  it.each([0, 1, 2, 3])('is drafted again at most maxRedrafts times: %i', async (maxRedrafts) => {
    const { result, drafts } = run({
      bundle: createBundle({ maxRedrafts }),
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    expect((await result).outcome).toMatchObject({ value: { kind: 'substituted' } })
    expect(drafts.calls).toHaveLength(1 + maxRedrafts)
  })

  it.each([
    ['a low helpfulness', { helpfulness: 3 }, 'score:helpfulness'],
    ['a low style', { style: 0 }, 'score:style'],
    ['a needless refusal', { needlessRefusal: true }, 'needless_refusal'],
  ])('fails on %s', async (_, changes, reason) => {
    const { result } = run({ judge: answerJudge((prompt) => verdict(prompt, changes)) })
    expect((await result).outcome).toMatchObject({
      value: { kind: 'substituted', choices: [{ reason }] },
    })
  })

  it('passes when the violated clause weighs less than failAt', async () => {
    const { result } = run({
      bundle: createBundle({ judge: { failAt: 'critical' } }),
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    expect((await result).outcome).toMatchObject({ value: { kind: 'released' } })
  })

  it('fails when the violated clause weighs exactly failAt', async () => {
    const { result } = run({
      bundle: createBundle({ judge: { failAt: 'high' } }),
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    expect((await result).outcome).toMatchObject({ value: { kind: 'substituted' } })
  })

  it('ends in the model failure when the call for the redraft fails', async () => {
    const failure: ModelFailure = { reason: 'model_error_status', status: 500 }
    const { result } = run({
      draft: (prompt, call) => (call === 0 ? reply(prompt) : { failure }),
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    const deliberation = await result
    expect(deliberation.outcome).toEqual({ ok: false, failure })
    expect(deliberation.attempts).toMatchObject([{ number: 1 }, { number: 2, failure }])
  })
})

describe('a draft that fails the reasoning channel alone', () => {
  const poor = (prompt: Parameters<typeof verdict>[0]) =>
    isReasoningReview(prompt)
      ? { content: JSON.stringify(verdict(prompt, { grounded: 1 })) }
      : { content: JSON.stringify(verdict(prompt)) }

  it('is drafted again from scratch, with nothing said of its reasoning', async () => {
    const { result, drafts } = run({ judge: poor })
    const deliberation = await result
    expect(deliberation.outcome).toMatchObject({ value: { kind: 'substituted' } })
    const second = promptText(drafts.calls[1]?.prompt ?? ({} as never))
    expect(second).toContain('## From the start')
    expect(second).not.toContain('## Points to attend to')
  })

  it('is released where the policy only records it', async () => {
    const { result } = run({
      judge: poor,
      bundle: createBundle({ judge: { reasoning: 'record' } }),
    })
    const deliberation = await result
    expect(deliberation.outcome).toMatchObject({ value: { kind: 'released' } })
    expect(deliberation.attempts[0]?.verdicts).toMatchObject([
      { channel: 'answer', passed: true, sawReasoning: false },
      { channel: 'reasoning', passed: false, sawReasoning: true, reasons: ['score:grounded'] },
    ])
  })

  it('is not asked for where the policy switches the channel off', async () => {
    const { result, reviews } = run({
      judge: poor,
      bundle: createBundle({ judge: { reasoning: 'off' } }),
    })
    expect((await result).outcome).toMatchObject({ value: { kind: 'released' } })
    expect(reviews.calls).toHaveLength(1)
  })
})

describe('a section that was missing', () => {
  it('causes one new deliberation with it, beyond the budget', async () => {
    const { result, drafts } = run({
      bundle: createBundle({ maxRedrafts: 0 }),
      judge: answerJudge((prompt) => verdict(prompt, { missingSections: ['WPN'] })),
    })
    const deliberation = await result
    expect(deliberation.outcome).toMatchObject({
      value: { kind: 'redrafted', choices: [{ reason: 'missing_section' }] },
    })
    expect(drafts.calls).toHaveLength(2)
    const [first, second] = drafts.calls.map(({ prompt }) => promptText(prompt))
    expect(first).not.toContain('### WPN: Section WPN')
    expect(second).toContain('### WPN: Section WPN')
  })

  it('happens once only, whatever is named next', async () => {
    const named = ['WPN', 'SHM']
    const { drafts, result } = run({
      bundle: createBundle({ maxRedrafts: 0 }),
      judge: answerJudge(
        ...named.map((id) => (prompt: Prompt) => verdict(prompt, { missingSections: [id] })),
      ),
    })
    expect((await result).outcome.ok).toBe(true)
    expect(drafts.calls).toHaveLength(2)
  })

  it.each([['NOPE'], ['GEN']])('is not believed for %s', async (id) => {
    const { result, drafts } = run({
      judge: answerJudge((prompt) => verdict(prompt, { missingSections: [id] })),
    })
    expect((await result).outcome).toMatchObject({ value: { kind: 'released' } })
    expect(drafts.calls).toHaveLength(1)
  })

  it('is seen by the review when the draft itself brings it up', async () => {
    const { result, reviews } = run({
      draft: (prompt) => reply(prompt, { answer: 'On WPN then.' }),
    })
    await result
    expect(promptText(reviews.calls[0]?.prompt ?? ({} as never))).toContain('### WPN: Section WPN')
  })
})

describe('several choices', () => {
  it('are decided alone, and only the failing one is drafted again', async () => {
    const answers = ['First answer.', 'Bad answer.', 'Third answer.']
    const { result, drafts } = run({
      ports: { settings: { strategy: 'auto', placement: 'auto' } },
      inquiry: { choices: 3 },
      draft: (prompt, call) =>
        call === 1
          ? { choices: answers.map((answer) => reply(prompt, { answer })) }
          : reply(prompt, { answer: REDRAFTED }),
      judge: (prompt) => ({
        content: JSON.stringify(
          !isReasoningReview(prompt) && promptText(prompt).includes('Bad answer.')
            ? violated(prompt, 'GEN2')
            : verdict(prompt),
        ),
      }),
    })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual(['First answer.', REDRAFTED, 'Third answer.'])
    expect(deliberation.outcome).toMatchObject({
      value: {
        kind: 'redrafted',
        choices: [{ kind: 'released' }, { kind: 'redrafted' }, { kind: 'released' }],
      },
    })
    expect(drafts.calls.map(({ prompt }) => prompt.parameters.n)).toEqual([
      undefined,
      3,
      undefined,
      undefined,
    ])
  })
})

describe('a failure of the draft call', () => {
  const failures: readonly ModelFailure[] = [
    { reason: 'model_unauthorized', status: 401 },
    { reason: 'model_unreachable', detail: 'refused' },
    { reason: 'model_error_status', status: 503 },
    { reason: 'model_error_in_body', code: null },
    { reason: 'model_cut' },
    { reason: 'model_empty' },
    { reason: 'model_unreadable', detail: 'not JSON' },
    { reason: 'model_too_large', limitBytes: 10 },
    { reason: 'model_timeout', phase: 'first_token' },
    { reason: 'aborted', by: 'deadline' },
  ]

  it.each(failures)('$reason is returned at once', async (failure) => {
    const { result, drafts, reviews } = run({ draft: [{ failure }] })
    const deliberation = await result
    expect(deliberation.outcome).toEqual({ ok: false, failure })
    expect(deliberation.attempts).toMatchObject([{ number: 1, draft: null, failure }])
    expect(drafts.calls).toHaveLength(1)
    expect(reviews.calls).toHaveLength(0)
  })
})

it.each([
  ['END', 'END'],
  ['</deliberation-00000001>', undefined],
])(
  'an answer tells what it stopped at where the client has set that: %s',
  async (stoppedAt, told) => {
    const { result } = run({
      inquiry: { parameters: { stop: ['X', 'END'] } },
      draft: (prompt) => reply(prompt, { stoppedAt }),
    })
    const { outcome } = await result
    expect(outcome.ok && outcome.value.choices[0]?.answer.stoppedAt).toBe(told)
  },
)

describe('a model that will not mark its reasoning', () => {
  it('is a failing model once attempts are spent', async () => {
    const { result, drafts, reviews } = run({ draft: () => ({ content: ANSWER }) })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toBe('no_boundary')
    expect(drafts.calls).toHaveLength(2)
    expect(reviews.calls).toHaveLength(0)
  })

  it('leaves what it wrote, sealed, and why it ended with its attempts', async () => {
    const { result } = run({ draft: () => ({ content: ANSWER, finishReason: 'stop' }) })
    const { attempts } = await result
    expect(attempts.map(({ unsplit }) => unsplit?.finishReason)).toEqual(['stop', 'stop'])
    expect(attempts[0]?.unsplit && reveal(attempts[0].unsplit.output)).toEqual([
      { channel: 'content', text: ANSWER },
    ])
    expect(JSON.stringify(attempts)).not.toContain(ANSWER)
  })

  it('leaves nothing of the kind where drafts are split', async () => {
    const { attempts } = await run({}).result
    expect(attempts.map(({ unsplit }) => unsplit)).toEqual([null])
  })

  it('gives nothing when it is empty', async () => {
    const { result } = run({ draft: () => ({ content: '' }) })
    expect(releasedTexts(await result)).toBe('no_boundary')
  })

  it('gives no_answer where it deliberated and then said nothing', async () => {
    const { result } = run({ draft: (prompt) => reply(prompt, { answer: '' }) })
    expect(releasedTexts(await result)).toBe('no_answer')
  })

  it('has an answer cut by length released with that reason, after review', async () => {
    const { result, reviews } = run({
      draft: (prompt) => reply(prompt, { answer: 'We have Em', finishReason: 'length' }),
    })
    expect((await result).outcome).toMatchObject({
      value: { choices: [{ answer: { finishReason: 'length' } }] },
    })
    expect(reviews.calls).toHaveLength(2)
  })
})

describe('a draft whose reasoning reached the limit', () => {
  const open = (prompt: Prompt) => `<deliberation-${nonceOf(prompt)}>\n${THOUGHT}`
  const none = { structured: false, logprobs: false, stop: false, audio: false, tools: false }

  it.each<[string, StrategySetting, (prompt: Prompt) => ScriptedReply]>([
    ['tagged, with no closing tag', 'tagged', (prompt) => ({ content: open(prompt) })],
    ['tagged, within the first tag', 'tagged', () => ({ content: '<deliberation-' })],
    ['tagged, with nothing at all', 'tagged', () => ({ content: '' })],
    ['tagged, with no tag', 'tagged', () => ({ content: THOUGHT })],
    ['tagged, right after the tags', 'tagged', (prompt) => reply(prompt, { answer: '' })],
    ['native, with no content', 'native', () => ({ reasoning: THOUGHT })],
    ['native, with nothing at all', 'native', () => ({ content: '' })],
    ['native, in a think block', 'native', () => ({ content: `<think>${THOUGHT}` })],
    ['two-pass, in the first', 'two-pass', (prompt) => ({ content: open(prompt) })],
    ['auto', 'auto', (prompt) => ({ content: open(prompt) })],
    ['auto, reasoning apart', 'auto', () => ({ reasoning: THOUGHT })],
  ])('is an empty answer by length, after one call: %s', async (_, strategy, draft) => {
    const { result, drafts, reviews } = run({
      ports: { settings: { strategy, placement: 'trailing-system' } },
      draft: (prompt) => ({ ...draft(prompt), finishReason: 'length' }),
    })
    const deliberation = await result
    expect(deliberation.outcome).toMatchObject({
      value: {
        kind: 'released',
        choices: [
          {
            kind: 'released',
            reason: 'limit_reached',
            answer: { parts: [{ kind: 'text', text: '' }], finishReason: 'length', logprobs: null },
          },
        ],
        usage: { completionTokens: 50, reasoningTokens: 50 },
      },
    })
    expect(deliberation.attempts).toMatchObject([{ failure: { reason: 'limit_reached' } }])
    expect([drafts.calls.length, reviews.calls.length]).toEqual([1, 0])
    expect(JSON.stringify(deliberation.outcome)).not.toContain('CANARY')
  })

  it('is one in the second of two passes as well', async () => {
    const { result, reviews } = run({
      ports: { settings: { strategy: 'two-pass', placement: 'trailing-system' } },
      draft: (prompt, count) =>
        count === 0 ? reply(prompt) : { reasoning: THOUGHT, finishReason: 'length' },
    })
    expect((await result).outcome).toMatchObject({
      value: { choices: [{ reason: 'limit_reached' }], usage: { reasoningTokens: 100 } },
    })
    expect(reviews.calls).toHaveLength(0)
  })

  it('is decided for each choice alone', async () => {
    const { result } = run({
      ports: { settings: { strategy: 'native', placement: 'trailing-system' } },
      inquiry: { choices: 2 },
      draft: (prompt) => ({
        choices: [reply(prompt), { reasoning: THOUGHT, finishReason: 'length' }],
      }),
    })
    expect(releasedTexts(await result)).toEqual([ANSWER, ''])
  })

  it.each([
    ['apart', { reasoning: THOUGHT }],
    ['in a block that is open', { content: `<think>${THOUGHT}` }],
  ])('keeps what was reasoned %s, for the transcript', async (_, written) => {
    const { result } = run({
      ports: { settings: { strategy: 'native', placement: 'trailing-system' } },
      draft: () => ({ ...written, finishReason: 'length' }),
    })
    const [attempt] = (await result).attempts
    const kept = attempt?.unsplit?.reasoning
    expect(kept && revealReasoning(kept, 'transcript')).toContain(THOUGHT)
  })

  it('is drafted natively where the model reasons apart and marks nothing', async () => {
    const { result } = run({
      ports: { settings: { strategy: 'auto', placement: 'trailing-system' } },
      draft: (_, count) => ({
        reasoning: `${THOUGHT}\ndecision: comply; clauses: none`,
        content: ANSWER,
        finishReason: count === 0 ? 'length' : 'stop',
      }),
    })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual([ANSWER])
    expect(deliberation.attempts.map(({ strategy }) => strategy)).toEqual(['tagged', 'native'])
  })

  it('is drafted in another way where nothing shows that the model reasoned at all', async () => {
    const { result } = run({
      ports: { settings: { strategy: 'auto', placement: 'trailing-system' } },
      inquiry: { demands: none },
      draft: (prompt, count) =>
        count === 0 ? { content: 'We have Emma, and', finishReason: 'length' } : reply(prompt),
    })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual([ANSWER])
    expect(deliberation.attempts.map(({ strategy }) => strategy)).toEqual(['tagged', 'two-pass'])
  })
})

describe('the auto strategy', () => {
  const auto = () => ({
    settings: { strategy: 'auto', placement: 'trailing-system' } as const,
    memory: createCapabilityMemory(),
  })

  it('asks an unknown model for tags, and wastes no call on it', async () => {
    const ports = auto()
    const { result, drafts } = run({ ports })
    expect((await result).attempts).toMatchObject([{ strategy: 'tagged', failure: null }])
    expect(drafts.calls).toHaveLength(1)
    expect(ports.memory.recall('test-model')).not.toHaveProperty('reasoningField')
  })

  it('takes native reasoning from the call on that showed it beside the tags', async () => {
    const ports = auto()
    const thinking = (prompt: Prompt) => ({ ...reply(prompt), reasoning: THOUGHT })
    expect((await run({ ports, draft: thinking }).result).attempts).toMatchObject([
      { strategy: 'tagged', failure: null },
    ])
    expect((await run({ ports }).result).attempts).toMatchObject([{ strategy: 'native' }])
  })

  it('falls from tagged to native where the model reasons apart and writes no tags', async () => {
    const ports = auto()
    const thinking = () => ({
      reasoning: `${THOUGHT}\ndecision: comply; clauses: none`,
      content: ANSWER,
    })
    const deliberation = await run({ ports, draft: thinking }).result
    expect(releasedTexts(deliberation)).toEqual([ANSWER])
    expect(deliberation.attempts.map(({ strategy }) => strategy)).toEqual(['tagged', 'native'])
  })

  it('tries each strategy no more than it has to when none gives a boundary', async () => {
    const ports = auto()
    const fickle = (_: Prompt, call: number) =>
      call % 2 === 0 ? { reasoning: THOUGHT, content: ANSWER } : { content: ANSWER }
    const { result, drafts } = run({ ports, draft: fickle })
    expect(releasedTexts(await result)).toMatch(/^no_/)
    expect(drafts.calls.length).toBeLessThanOrEqual(4)
  })

  it('falls from native to tagged within the request, and remembers', async () => {
    const ports = auto()
    ports.memory.learn('test-model', { reasoningField: true })
    const plain = (prompt: Prompt, call: number) =>
      call === 0 ? { content: ANSWER } : reply(prompt)
    const deliberation = await run({ ports, draft: plain }).result
    expect(releasedTexts(deliberation)).toEqual([ANSWER])
    expect(deliberation.attempts).toMatchObject([
      { number: 1, strategy: 'native', failure: { reason: 'no_reasoning' } },
      { number: 2, strategy: 'tagged', failure: null },
    ])
    expect(deliberation.outcome).toMatchObject({ value: { kind: 'released' } })
    const again = run({ ports })
    expect((await again.result).attempts).toMatchObject([{ strategy: 'tagged' }])
  })

  it('falls from tagged to two-pass once, and remembers a model silent beside its tool calls', async () => {
    const ports = auto()
    ports.memory.learn('test-model', { reasoningField: false })
    const call = { id: 'call_1', kind: 'function', name: 'find', arguments: '{}' } as const
    const demands = { structured: false, logprobs: false, stop: false, audio: false, tools: true }
    const tools = { tools: [{ type: 'function', function: { name: 'find' } }] }
    const options = {
      ports,
      inquiry: { demands, parameters: tools },
      draft: (prompt: Prompt, count: number) =>
        count === 0 ? { toolCalls: [call] } : count === 2 ? { toolCalls: [call] } : reply(prompt),
    }
    const { result, drafts } = run(options)
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual(['tool_call'])
    expect(deliberation.attempts.map(({ strategy }) => strategy)).toEqual(['tagged', 'two-pass'])
    expect(drafts.calls[1]?.prompt.parameters).toMatchObject({ ...tools, tool_choice: 'none' })
    expect(drafts.calls[2]?.prompt.parameters).toEqual({ ...tools, max_tokens: 14_336 })
    expect(ports.memory.recall('test-model')).toMatchObject({ textBesideTools: false })
  })

  it('learns nothing from a completion cut by length before its answer', async () => {
    const ports = auto()
    const { result } = run({ ports, draft: () => ({ content: '', finishReason: 'length' }) })
    expect(releasedTexts(await result)).toEqual([''])
    expect(ports.memory.recall('test-model')).toEqual({ limitName: 'max_tokens' })
  })

  it('does not fall under a fixed strategy', async () => {
    const { result } = run({
      ports: { settings: { strategy: 'native', placement: 'trailing-system' } },
      draft: () => ({ content: ANSWER }),
    })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toBe('no_reasoning')
    expect(deliberation.attempts.map(({ strategy }) => strategy)).toEqual(['native', 'native'])
  })
})

describe('the decision', () => {
  it('is read by the review where a native draft does not declare it', async () => {
    const { result } = run({
      ports: { settings: { strategy: 'native', placement: 'trailing-system' } },
      draft: (prompt) => reply(prompt, { decision: null }),
    })
    const deliberation = await result
    expect(deliberation.attempts[0]?.draft).toMatchObject({ decision: 'comply' })
    expect(deliberation.outcome).toMatchObject({ value: { kind: 'released' } })
  })

  it('must be declared in a tagged draft', async () => {
    const { result, reviews } = run({ draft: (prompt) => reply(prompt, { decision: null }) })
    const deliberation = await result
    expect(deliberation.outcome).toMatchObject({
      value: { kind: 'substituted', choices: [{ reason: 'format:no_decision' }] },
    })
    expect(reviews.calls).toHaveLength(0)
  })
})

describe("an upstream's own refusal", () => {
  it.each([
    ['refusal field', { refusal: 'I cannot do that.' }, 'refusal', 'I cannot do that.', 'stop'],
    ['content filter', { finishReason: 'content_filter' }, 'text', undefined, 'content_filter'],
  ] as const)(
    'by %s is an answer that is reviewed',
    async (_, choice, kind, text, finishReason) => {
      const { result, reviews } = run({ draft: () => choice })
      const deliberation = await result
      expect(deliberation.outcome).toMatchObject({
        value: {
          kind: 'released',
          choices: [{ answer: { finishReason, parts: [{ kind, ...(text ? { text } : {}) }] } }],
        },
      })
      expect(deliberation.attempts[0]?.draft?.decision).toBe('refuse')
      // There is no reasoning to look at, so the answer channel alone is asked.
      expect(reviews.calls).toHaveLength(1)
    },
  )

  it('keeps the reasoning that came before it, which is reviewed too', async () => {
    const { result, reviews } = run({
      ports: { settings: { strategy: 'native', placement: 'trailing-system' } },
      draft: () => ({ reasoning: THOUGHT, finishReason: 'content_filter' }),
    })
    const deliberation = await result
    const draft = deliberation.attempts[0]?.draft
    expect(draft && revealReasoning(draft.reasoning, 'transcript')).toBe(THOUGHT)
    expect(reviews.calls).toHaveLength(2)
  })

  it('is drafted again when it was needless', async () => {
    const { result } = run({
      draft: (prompt, call) => (call === 0 ? { refusal: 'I cannot do that.' } : reply(prompt)),
      judge: answerJudge((prompt) => verdict(prompt, { needlessRefusal: true }), verdict),
    })
    expect(releasedTexts(await result)).toEqual([ANSWER])
  })
})

describe('a refusal where the client parses JSON', () => {
  const demands = { structured: true, logprobs: false, stop: false, audio: false, tools: false }
  const inquiry = { demands, parameters: { response_format: { type: 'json_object' } } }
  const refuse = (answer: string, decision: string) =>
    run({
      inquiry,
      ports: { settings: { strategy: 'two-pass', placement: 'trailing-system' } },
      draft: (prompt) => reply(prompt, { answer, decision, logprobs: { content: [] } }),
    }).result
  const answerOf = async (answer: string, decision: string) => {
    const { outcome } = await refuse(answer, decision)
    return outcome.ok ? outcome.value.choices[0]?.answer.parts : outcome.failure
  }

  it('stands where the contract puts one', async () => {
    const text = 'I cannot help with that.'
    expect(await answerOf(text, 'refuse')).toEqual([{ kind: 'refusal', text }])
  })

  it('stays content where it is JSON, or no refusal', async () => {
    const json = '{"refused":true}'
    expect(await answerOf(json, 'refuse')).toEqual([{ kind: 'text', text: json }])
    const text = 'Emma, of course.'
    expect(await answerOf(text, 'comply')).toEqual([{ kind: 'text', text }])
  })
})

describe('a tagged draft that speaks', () => {
  it('gives no draft, since its sound would speak its reasoning', async () => {
    const audio = { id: 'audio_1', data: 'UklGRg==', transcript: ANSWER }
    const { result } = run({ draft: (prompt) => reply(prompt, { audio }) })
    expect(releasedTexts(await result)).toBe('no_boundary')
  })

  it('is drafted in two passes where the strategy may change', async () => {
    const audio = { id: 'audio_1', data: 'UklGRg==', transcript: ANSWER }
    const settings = { strategy: 'auto', placement: 'trailing-system' } as const
    const { result } = run({
      ports: { settings },
      draft: (prompt) => reply(prompt, { answer: '', audio }),
    })
    const deliberation = await result
    expect(releasedTexts(deliberation)).toEqual(['opaque'])
    expect(deliberation.attempts.map(({ strategy }) => strategy)).toEqual(['tagged', 'two-pass'])
  })
})

describe('an abort', () => {
  it.each(['client', 'deadline'] as const)(
    'by the %s during review ends the request',
    async (by) => {
      const controller = new AbortController()
      const { result, drafts } = run({
        signal: controller.signal,
        judge: () => {
          controller.abort({ by })
          return { failure: { reason: 'aborted', by } }
        },
      })
      expect((await result).outcome).toEqual({ ok: false, failure: { reason: 'aborted', by } })
      expect(drafts.calls).toHaveLength(1)
    },
  )

  it('before the first call spends nothing', async () => {
    const { result, drafts } = run({ signal: AbortSignal.abort({ by: 'client' }) })
    expect((await result).outcome).toEqual({
      ok: false,
      failure: { reason: 'aborted', by: 'client' },
    })
    expect(drafts.calls).toHaveLength(0)
  })
})

describe('a selector that fails', () => {
  it('leaves the summaries and the sections that are always in full', async () => {
    const { result, drafts } = run({
      ports: {
        selector: {
          select: () => ({ ok: false, failure: { reason: 'selection_failed', detail: 'x' } }),
        },
      },
    })
    const deliberation = await result
    expect(deliberation.selection?.fallback).toBe('selection_failed')
    const prompt = promptText(drafts.calls[0]?.prompt ?? ({} as never))
    expect(prompt).toContain('**WPN** Section WPN')
    expect(prompt).toContain('### GEN: Section GEN')
    expect(prompt).not.toContain('### WPN: Section WPN')
  })
})

describe('the placement of the instructions', () => {
  const rejected = (code: string | null = null): ScriptedReply => ({
    failure: {
      reason: 'model_rejected',
      status: 400,
      code,
      param: null,
      detail: {} as never,
      headers: {},
    },
  })
  const settings = { strategy: 'tagged', placement: 'auto' } as const

  it('is learnt from the rejections of the upstream', async () => {
    const memory = createCapabilityMemory()
    const { result, drafts } = run({
      ports: { settings, memory },
      draft: (prompt) => (prompt.turns.at(-1)?.role === 'system' ? rejected() : reply(prompt)),
    })
    expect(releasedTexts(await result)).toEqual([ANSWER])
    expect(drafts.calls).toHaveLength(2)
    expect(memory.recall('test-model').placement).toBe('trailing-user')
    const again = run({ ports: { settings, memory } })
    await again.result
    expect(again.drafts.calls.map(({ prompt }) => prompt.turns.at(-1)?.role)).toEqual(['user'])
  })

  it('is learnt anew where another conversation has it rejected', async () => {
    const memory = createCapabilityMemory()
    memory.learn('test-model', { placement: 'trailing-user' })
    const { result, drafts } = run({
      ports: { settings, memory },
      draft: (prompt) => (prompt.turns.at(-1)?.role === 'user' ? rejected() : reply(prompt)),
      inquiry: {
        turns: [
          { role: 'assistant', content: 'Hello.' },
          { role: 'user', content: 'Hi.' },
        ],
      },
    })
    expect(releasedTexts(await result)).toEqual([ANSWER])
    expect(drafts.calls).toHaveLength(2)
    expect(memory.recall('test-model').placement).toBe('trailing-system')
  })

  it('is not blamed where the next one meets another failure', async () => {
    const failure = { reason: 'model_error_status', status: 503 } as const
    const { result, drafts } = run({
      ports: { settings },
      draft: (_, call) => (call === 0 ? rejected() : { failure }),
    })
    expect((await result).outcome).toEqual({ ok: false, failure })
    expect(drafts.calls).toHaveLength(2)
  })

  it('is not tried again for a rejection with another cause', async () => {
    const { result, drafts } = run({
      ports: { settings },
      draft: () => rejected('content_filter'),
    })
    expect(releasedTexts(await result)).toBe('model_rejected')
    expect(drafts.calls).toHaveLength(1)
  })

  it('returns the first rejection when none helps', async () => {
    let count = 0
    const { result } = run({ ports: { settings }, draft: () => rejected(`code_${count++}`) })
    expect((await result).outcome).toMatchObject({ failure: { code: 'code_0' } })
  })
})

describe('usage', () => {
  it('sums every generation call and counts as reasoning what was not released', async () => {
    const { result } = run({ judge: answerJudge((prompt) => violated(prompt, 'GEN2'), verdict) })
    const { outcome } = await result
    expect(outcome).toMatchObject({
      value: { usage: { promptTokens: 200, completionTokens: 100 } },
    })
    const hidden = outcome.ok ? (outcome.value.usage.reasoningTokens ?? 0) : 0
    expect(hidden).toBeGreaterThan(85)
    expect(hidden).toBeLessThan(100)
  })

  it('takes the split of the upstream where it has one', async () => {
    const { result } = run({
      ports: { settings: { strategy: 'native', placement: 'trailing-system' } },
      draft: (prompt) => ({ ...reply(prompt), usage: { ...SOME_USAGE, reasoningTokens: 41 } }),
    })
    expect((await result).outcome).toMatchObject({
      value: { usage: { completionTokens: 50, reasoningTokens: 41 } },
    })
  })

  it('estimates a tagged answer even where the upstream tells its own thoughts apart', async () => {
    const { result } = run({
      draft: (prompt) => ({ ...reply(prompt), usage: { ...SOME_USAGE, reasoningTokens: 0 } }),
    })
    const { outcome } = await result
    expect(outcome.ok && outcome.value.usage.reasoningTokens).toBeGreaterThan(35)
  })

  it('counts all of it as reasoning when a substitute is released', async () => {
    const { result } = run({ judge: answerJudge((prompt) => violated(prompt, 'GEN2')) })
    expect((await result).outcome).toMatchObject({
      value: { usage: { completionTokens: 100, reasoningTokens: 100 } },
    })
  })

  it('keeps what a first pass cost where the second one fails, first draft or redraft', async () => {
    const failure: ModelFailure = { reason: 'model_error_status', status: 500 }
    const settings = { strategy: 'two-pass', placement: 'trailing-system' } as const
    const failing = (fatal: number) => (prompt: Prompt, call: number) =>
      call === fatal ? { failure } : reply(prompt)
    const once = await run({ draft: failing(1), ports: { settings } }).result
    expect(once.outcome).toEqual({ ok: false, failure })
    expect(once.attempts).toMatchObject([{ failure, usage: SOME_USAGE, timings: { tries: 1 } }])
    const again = await run({
      draft: failing(3),
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
      ports: { settings },
    }).result
    expect(again.outcome).toEqual({ ok: false, failure })
    expect(again.attempts[1]).toMatchObject({ number: 2, failure, usage: SOME_USAGE })
  })

  it('is estimated where the upstream counts nothing', async () => {
    const { result } = run({ draft: (prompt) => ({ ...reply(prompt), usage: null }) })
    const { outcome } = await result
    expect(outcome.ok && outcome.value.usage.promptTokens).toBeGreaterThan(10)
    expect(outcome.ok && outcome.value.usage.completionTokens).toBeGreaterThan(3)
  })
})

it('keeps selection in the record with each reason', async () => {
  const deliberation = await run({ ports: { selector: selectorById } }).result
  expect(deliberation.selection?.sections.map(({ full, reason }) => [full, reason])).toEqual([
    [true, 'named'],
    [false, 'none'],
    [false, 'none'],
  ])
})

describe('what must never leave', () => {
  const secretsOf = (prompts: readonly { readonly prompt: Prompt }[]) =>
    prompts.flatMap(({ prompt }) => promptText(prompt).match(/\b[0-9a-f]{16,32}\b/g) ?? [])

  it('is known in whatever is sent: the marks of every call, drafts and judges alike', async () => {
    const { result, drafts, reviews } = run({
      judge: answerJudge((prompt) => violated(prompt, 'GEN2')),
    })
    const { findSecret } = await result
    const marks = new Set([...secretsOf(drafts.calls), ...secretsOf(reviews.calls)])
    expect(marks.size).toBeGreaterThan(4)
    for (const mark of marks) {
      expect(findSecret(['fp_1', `x ${mark} y`])).toMatch(/^(?:nonce|canary)$/)
    }
    expect(findSecret(['gpt-5', 'fp_44709d6fcb', 'We have Emma.'])).toBeNull()
  })

  it('is known where the first call failed', async () => {
    const failure = { reason: 'model_cut' } as const
    const { result, drafts } = run({ draft: () => ({ failure }) })
    const { findSecret } = await result
    for (const mark of secretsOf(drafts.calls)) expect(findSecret([mark])).not.toBeNull()
  })
})

describe('an answer about boundaries', () => {
  const ANSWERS = [
    "Use:\n\n```python\nre.sub(r'<think>.*?</think>', '', text)\n```\n",
    'A template:\n\n```xml\n<thinking>\n{{steps}}\n</thinking>\n```\n',
    'It looks so:\n\n```\n<|channel|>analysis<|message|>Simple.<|end|>\n```\n',
  ]

  it.each(['tagged', 'native', 'two-pass', 'auto'] as const)(
    'is released: %s',
    async (strategy) => {
      for (const answer of ANSWERS) {
        const { result } = run({
          draft: (prompt) => reply(prompt, { thought: 'Cut from <think> to </think>.', answer }),
          inquiry: { turns: [{ role: 'user', content: 'How do I cut <think> blocks?' }] },
          ports: { settings: { strategy, placement: 'auto' } },
        })
        expect(releasedTexts(await result)).toEqual([answer])
      }
    },
  )

  it('is substituted where it goes on with what its reasoning says of the policy', async () => {
    const { result } = run({
      draft: (prompt) => reply(prompt, { clauses: 'GEN1', answer: 'As GEN1 allows, Emma.' }),
      bundle: createBundle({ maxRedrafts: 0 }),
    })
    const { outcome } = await result
    expect(outcome.ok && outcome.value.choices).toMatchObject([
      { kind: 'substituted', reason: 'leak:reasoning' },
    ])
  })

  it.each([
    ['refuse', 'Sure! Mix the two liquids in a bucket.', 'consistency:refuse_with_help'],
    ['comply', "I'm sorry, but I can't help with that.", 'consistency:comply_with_refusal'],
  ])('is substituted where %s stands before %j', async (decision, answer, reason) => {
    const { result } = run({
      draft: (prompt) => reply(prompt, { decision, answer }),
      bundle: createBundle({ maxRedrafts: 0 }),
    })
    const { outcome } = await result
    expect(outcome.ok && outcome.value.choices).toMatchObject([{ kind: 'substituted', reason }])
  })
})
