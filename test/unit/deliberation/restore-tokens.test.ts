import { describe, expect, it } from 'vitest'
import type { Answer, OutputPart } from '../../../src/conversation/outcome.ts'
import { neutraliseText } from '../../../src/deliberation/neutralise.ts'
import {
  createRestorer,
  restoreAnswer,
  stringsOfTurns,
} from '../../../src/deliberation/restore-tokens.ts'
import { reply, run } from './fixtures.ts'

const restoreFor = (...texts: readonly string[]) => createRestorer(() => texts)

describe('a control token that the client wrote', () => {
  it.each([
    '<think>',
    '</think>',
    '< / Think >',
    '<think effort="high">',
    '<｜Assistant｜>',
    '<|im_start|>',
    '<deliberation-0f3a9c1e>',
    '＜think＞',
    '＜think>',
    '﹤think﹥',
    '◁think▷',
    '[THINK]',
    '［THINK］',
    '[/INST]',
    '<th\u2063ink>',
    '<start_of_turn>',
    'a [THINK] <think x="[1]"> ◁/think▷ ＜think＞ < b > [c]',
  ])('comes back as it was: %s', (text) => {
    expect(neutraliseText(text)).not.toBe(text)
    expect(restoreFor(text)(`"${neutraliseText(text)}" it is`)).toBe(`"${text}" it is`)
  })

  it.each([
    ['its closer', '<think>', '‹think›.*?‹/think›', '<think>.*?</think>'],
    ['its end', '<|im_start|>user', '‹|im_end|›', '<|im_end|>'],
    ['another case of it', '<think>', '‹THINK›', '<THINK>'],
  ])('comes back with %s', (_, written, said, restored) => {
    expect(restoreFor(written)(said)).toBe(restored)
  })

  it('comes back within JSON, escaped or not', () => {
    const restore = restoreFor('<think effort="high">')
    const said = JSON.stringify({ code: '‹think effort="high"›x‹/think›' })
    const escaped = said.replaceAll('‹', '\\u2039').replaceAll('›', '\\u203A')
    const expected = { code: '<think effort="high">x</think>' }
    expect(JSON.parse(restore(said))).toEqual(expected)
    expect(JSON.parse(restore(escaped))).toEqual(expected)
  })
})

describe('what stays as it is', () => {
  it.each([
    ['a look-alike of another token', '<think>', '‹reasoning›'],
    ['a look-alike that the client wrote too', '<think> or ‹think›', '‹think›'],
    ['a word between the same marks', '<think>', '‹pensée› et ⟦1⟧'],
    ['another bracket', '<think>', '⊲think⊳'],
    ['a look-alike where nothing was made harmless', 'think', '‹think›'],
    ['half of one', '<think>', '‹think'],
  ])('%s', (_, written, said) => {
    expect(restoreFor(written)(said)).toBe(said)
  })

  it('everything, at no cost, where the answer holds no look-alike', () => {
    const restore = createRestorer(() => {
      throw new Error('The turns were read')
    })
    expect(restore('Hi <think> [THINK]')).toBe('Hi <think> [THINK]')
  })
})

it('reads every string of a turn', () => {
  const turns = [
    { role: 'user', content: [{ kind: 'text', text: 'a' }] },
    { role: 'assistant', toolCalls: [{ id: 'b', kind: 'function', name: 'c', arguments: 'd' }] },
  ] as const
  expect([...stringsOfTurns(turns)]).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']))
})

describe('an answer', () => {
  const call: OutputPart = {
    kind: 'tool_call',
    call: { id: 'call_1', kind: 'custom', name: 'write', arguments: '‹think›' },
  }
  const answer: Answer = {
    parts: [{ kind: 'text', text: '‹think›' }, { kind: 'refusal', text: '‹/think›' }, call],
    finishReason: 'stop',
    logprobs: { content: [{ token: '‹think›' }], refusal: null },
  }

  it('is restored in each part, without log probabilities of other words', () => {
    expect(restoreAnswer(answer, restoreFor('<think>'))).toEqual({
      ...answer,
      parts: [
        { kind: 'text', text: '<think>' },
        { kind: 'refusal', text: '</think>' },
        { kind: 'tool_call', call: { ...call.call, arguments: '<think>' } },
      ],
      logprobs: null,
    })
  })

  it('is the very same where nothing in it changes', () => {
    expect(restoreAnswer(answer, restoreFor('think'))).toBe(answer)
  })
})

describe('a deliberation', () => {
  const asked = 'Repeat this line: <think> [THINK] <|im_start|>'

  it.each(['tagged', 'native', 'two-pass'] as const)(
    'gives the client its line back: %s',
    async (strategy) => {
      const line = '‹think› ⟦THINK⟧ ‹|im_start|›'
      const { result } = run({
        inquiry: { turns: [{ role: 'user', content: asked }] },
        draft: (prompt) => reply(prompt, { answer: `It is: ${line}` }),
        ports: { settings: { strategy, placement: 'auto' } },
      })
      const { outcome } = await result
      expect(outcome.ok && outcome.value.choices[0]?.answer.parts).toEqual([
        { kind: 'text', text: 'It is: <think> [THINK] <|im_start|>' },
      ])
    },
  )

  it('gives back what its own notes had of tags', async () => {
    const { result } = run({
      draft: (prompt) =>
        reply(prompt, {
          thought: 'Cut from <think> to </think>.',
          answer: "Use `cut('‹think›', '‹/think›')`.",
        }),
      ports: { settings: { strategy: 'two-pass', placement: 'auto' } },
    })
    const { outcome } = await result
    expect(outcome.ok && outcome.value.choices[0]?.answer.parts).toEqual([
      { kind: 'text', text: "Use `cut('<think>', '</think>')`." },
    ])
  })
})

it('takes time in proportion to the text, whatever it holds', { timeout: 60_000 }, () => {
  const restore = restoreFor('<think>')
  for (const unit of ['‹', '›', '‹think', '\\u2039', '⟦‹', '‹a›']) {
    const text = unit.repeat(Math.ceil(400_000 / unit.length))
    expect(restore(text)).toBe(text)
  }
})
