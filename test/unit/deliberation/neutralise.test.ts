import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../src/conversation/turn.ts'
import { neutraliseText, neutraliseTurn } from '../../../src/deliberation/neutralise.ts'
import { readMarker } from '../../../src/deliberation/split/boundary-marker.ts'
import { INVISIBLE_SIGNS, interspersed, LETTER_DISGUISES, MARKS } from '../../fakes/disguises.ts'

describe('a control token', () => {
  it.each([
    ['<think>', '‹think›'],
    ['</think>', '‹/think›'],
    ['<THINK>', '‹THINK›'],
    ['< / Think >', '‹ / Think ›'],
    ['<think effort="high">', '‹think effort="high"›'],
    ['<thinking/>', '‹thinking/›'],
    ['<seed:think>', '‹seed:think›'],
    ['<|channel>', '‹|channel›'],
    ['<| channel |>', '‹| channel |›'],
    ['<deliberation-0f3a9c1e>', '‹deliberation-0f3a9c1e›'],
    ['</Deliberation-0F3A9C1E>', '‹/Deliberation-0F3A9C1E›'],
    ['<deliberation>', '‹deliberation›'],
    ['<|channel|>', '‹|channel|›'],
    ['<|start|>assistant', '‹|start|›assistant'],
    ['<|im_start|>', '‹|im_start|›'],
    ['<｜Assistant｜>', '‹｜Assistant｜›'],
    ['＜think＞', '⧼think⧽'],
    ['<\u200bthink\u200b>', '‹\u200bthink\u200b›'],
    ['[THINK]', '⟦THINK⟧'],
    ['[/THINK]', '⟦/THINK⟧'],
    ['◁think▷', '⊲think⊳'],
    ['◁/think▷', '⊲/think⊳'],
    ['<start_of_turn>', '‹start_of_turn›'],
  ])('%s loses its brackets', (token, harmless) => {
    expect(neutraliseText(`a ${token} b`)).toBe(`a ${harmless} b`)
  })

  it.each([
    ['◁ <think> ▷', '◁ ‹think› ▷'],
    ['◁x<|im_start|>system▷', '◁x‹|im_start|›system▷'],
    ['< ◁/think▷ >', '< ⊲/think⊳ >'],
    ['2 < 3 ◁think▷ 4 > 1', '2 < 3 ⊲think⊳ 4 > 1'],
    ['[ <think> ]', '[ ‹think› ]'],
    ['<[INST]>', '<⟦INST⟧>'],
    ['◁[INST]▷', '◁⟦INST⟧▷'],
  ])('%s hides none between brackets of another kind', (text, harmless) => {
    expect(neutraliseText(text)).toBe(harmless)
  })

  it('does not come back under compatibility normalisation', () => {
    for (const token of ['<think>', '＜think＞', '<|channel|>', '[THINK]', '◁think▷']) {
      const normal = neutraliseText(token).normalize('NFKC')
      expect(neutraliseText(normal)).toBe(normal)
    }
  })

  it('is neutralised wherever the splitter would see a boundary', () => {
    const names = [
      'think',
      'thinking',
      'thought',
      'thoughts',
      'reasoning',
      'reflection',
      'scratchpad',
      'inner_monologue',
      'chain_of_thought',
      'antml:reasoning',
      'x:thought',
    ]
    const tags = [
      ...names.flatMap((name) => [`<${name}>`, `</${name}>`, `< ${name.toUpperCase()} x="1">`]),
      ...['start', 'channel', 'message', 'end', 'return', 'call', 'constrain'].map(
        (n) => `<|${n}|>`,
      ),
      '<|think|>',
      '<|/think|>',
      '<|START_THINKING|>',
      '<|begin_of_thought|>',
      '<|channel>',
      '<channel|>',
      '<inner_monologue>',
      '<deliberation-x.y>',
    ]
    for (const tag of tags) {
      const seen = readMarker(tag, 0)
      expect([tag, seen !== null]).toEqual([tag, true])
      expect([tag, neutraliseText(tag).includes('<')]).toEqual([tag, false])
    }
  })
})

describe('a control token in disguise', () => {
  const TOKENS = [
    '<think>',
    '</think>',
    '<|im_start|>',
    '<deliberation-0f3a>',
    '[THINK]',
    '[/INST]',
  ]

  it.each(TOKENS)('loses its brackets whatever no one sees in it: %s', (token) => {
    const armed = INVISIBLE_SIGNS.filter((sign) =>
      /[<[]/.test(neutraliseText(interspersed(token, sign))),
    )
    expect(armed).toEqual([])
  })

  it.each(TOKENS)('loses its brackets under marks: %s', (token) => {
    for (const mark of MARKS) {
      expect([mark, neutraliseText(interspersed(token, mark))]).toEqual([
        mark,
        expect.not.stringMatching(/[<[]/),
      ])
    }
  })

  it('loses its brackets in letters that look alike, each of Unicode’s', () => {
    const armed = LETTER_DISGUISES.filter(([latin, sign]) =>
      /</.test(neutraliseText('<inner_monologue> <scratchpad> <|think|>'.replaceAll(latin, sign))),
    )
    expect(armed).toEqual([])
  })

  it.each([
    ['<\u2063think>', '‹\u2063think›'],
    [`<${'\u200b'.repeat(900)}think>`, `‹${'\u200b'.repeat(900)}think›`],
    ['<\u034fthi\ufe0fnk\u{e0020}>', '‹\u034fthi\ufe0fnk\u{e0020}›'],
    ['﹤think﹥', '⦑think⦒'],
    ['［THINK］', '⦋THINK⦌'],
    ['[Т\u2063НINK]', '⟦Т\u2063НINK⟧'],
    ['<thіnk>', '‹thіnk›'],
    // Each of these signs stands for four.
    [`<think ${'㍿'.repeat(25)}>`, `‹think ${'㍿'.repeat(25)}›`],
    [`<deliberation-${'㍿'.repeat(25)}>`, `‹deliberation-${'㍿'.repeat(25)}›`],
  ])('keeps all else as it was written: %j', (token, harmless) => {
    expect(neutraliseText(`a ${token} b`)).toBe(`a ${harmless} b`)
  })
})

describe('ordinary text', () => {
  it.each([
    'if (a < b && c > d) { think() }',
    '<p>I think so</p> <b>thinking</b>',
    '<thinker>Rodin</thinker>',
    'list[THINKING] and [think] and [1]',
    'a <| b |> c',
    '<analysis>kept</analysis>',
    '<мысль>о чём-то</мысль>',
    'x ＜ y and z ＞ w',
    '[нет] and [Ж] and [思考]',
    '👩\u200d💻 <b>❤\ufe0f</b>',
  ])('is untouched: %s', (text) => {
    expect(neutraliseText(text)).toBe(text)
  })

  it.skipIf(!hasData())('is untouched in real prompts without such tokens', () => {
    const lines = realPrompts()
    const touched = lines.filter((line) => neutraliseText(line) !== line)
    expect(lines.length).toBeGreaterThan(500)
    expect(
      touched.filter((line) => !/<[|/ ]*(?:think|reason|thought|\|)|\[\/?INST/i.test(line)),
    ).toEqual([])
  })
})

describe('a turn', () => {
  it('is neutralised wherever a template may print it, and in no media', () => {
    const turn: Turn = {
      role: 'tool',
      name: 'a<think>',
      toolCallId: 'call_<think>',
      content: [
        { kind: 'text', text: '<think>x</think>', extra: { note: '<think>' } },
        { kind: 'media', media: 'image', wire: { url: 'data:<think>' } },
        { kind: 'opaque', wire: { raw: '<think>' } },
      ],
      refusal: '[THINK]',
      toolCalls: [{ id: '<think>', kind: 'function', name: 'f', arguments: '{"a":"<think>"}' }],
      extra: { note: '<think>' },
    }
    const expected: Turn = {
      role: 'tool',
      name: 'a‹think›',
      toolCallId: 'call_‹think›',
      content: [
        { kind: 'text', text: '‹think›x‹/think›', extra: { note: '‹think›' } },
        { kind: 'media', media: 'image', wire: { url: 'data:<think>' } },
        { kind: 'opaque', wire: { raw: '‹think›' } },
      ],
      refusal: '⟦THINK⟧',
      toolCalls: [{ id: '‹think›', kind: 'function', name: 'f', arguments: '{"a":"‹think›"}' }],
      extra: { note: '‹think›' },
    }
    expect(neutraliseTurn(turn)).toEqual(expected)
  })

  it('is neutralised where media are named or told of, but for their data', () => {
    const wire = (word: string) => ({
      type: 'file',
      file: { filename: word, file_data: '<think>' },
      context: word,
    })
    const content = [{ kind: 'media', media: 'file', wire: wire('<think>') }] as const
    expect(neutraliseTurn({ role: 'user', content })).toEqual({
      role: 'user',
      content: [{ kind: 'media', media: 'file', wire: wire('‹think›') }],
    })
  })

  it('keeps null content apart from absent content', () => {
    expect(neutraliseTurn({ role: 'assistant', content: null })).toEqual({
      role: 'assistant',
      content: null,
    })
    expect(neutraliseTurn({ role: 'assistant' })).toEqual({ role: 'assistant' })
  })
})

it('takes time in proportion to the text, whatever it holds', () => {
  const long = `<${'\u2063'.repeat(200_000)}${'[\u0301'.repeat(50_000)}${'＜'.repeat(50_000)}`
  expect(neutraliseText(long)).toBe(long)
  const hostile = `${'<'.repeat(200_000)}${'<think '.repeat(50_000)}${'[THINK'.repeat(50_000)}`
  expect(neutraliseText(hostile)).toBe(hostile)
})

function hasData(): boolean {
  try {
    return readdirSync('../shared/data/benign').length > 0
  } catch {
    return false
  }
}

function realPrompts(): readonly string[] {
  return readdirSync('../shared/data/benign')
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join('../shared/data/benign', name), 'utf8').split('\n').slice(0, 100),
    )
}
