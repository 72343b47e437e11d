/** The splitter's table of forms: what each gives, and that it gives the same at every cut position. */
import { describe, expect, test } from 'vitest'
import type { Segment } from '../../../../src/conversation/model.ts'
import { revealReasoning } from '../../../../src/conversation/reasoning.ts'
import { type Boundary, split, splitSegments } from '../../../../src/deliberation/split/split.ts'
import { Opaque } from '../../../../src/lib/opaque.ts'

const NONCE = 'deadbeef01'
const OPEN = `<deliberation-${NONCE}>`
const CLOSE = `</deliberation-${NONCE}>`
const tagged: Boundary = { kind: 'tagged', nonce: NONCE }
const native: Boundary = { kind: 'native' }
const answerOnly: Boundary = { kind: 'answer-only' }

const content = (text: string): Segment => ({ channel: 'content', text })
const thought = (text: string): Segment => ({ channel: 'reasoning', text })

type Plain = { readonly reasoning: string | null; readonly answer: string } | string

function plain(segments: readonly Segment[], boundary: Boundary, hasToolCalls = false): Plain {
  const result = splitSegments(segments, boundary, hasToolCalls)
  if (!result.ok) return result.failure.reason
  const { reasoning, answer } = result.value
  return { reasoning: reasoning && revealReasoning(reasoning, 'transcript'), answer }
}

type Case = {
  readonly name: string
  readonly boundary: Boundary
  readonly segments: readonly Segment[]
  readonly hasToolCalls?: boolean
  readonly gives: Plain
}

const H = {
  analysis: '<|channel|>analysis<|message|>',
  commentary: '<|start|>assistant<|channel|>commentary<|message|>',
  final: '<|start|>assistant<|channel|>final<|message|>',
}

type TextRow = readonly [name: string, text: string, gives: Plain]

function rows(kind: string, boundary: Boundary, table: readonly TextRow[]): readonly Case[] {
  return table.map(([name, text, gives]) => ({
    name: `${kind}: ${name}`,
    boundary,
    segments: [content(text)],
    gives,
  }))
}

const cases: readonly Case[] = [
  ...rows('tagged', tagged, [
    [
      'both tags',
      `${OPEN}why${CLOSE}\n\nHi 😀 <b>you</b>\n`,
      { reasoning: 'why', answer: 'Hi 😀 <b>you</b>\n' },
    ],
    [
      'white space before the tag',
      ` \n${OPEN}\nwhy\n${CLOSE}Hi`,
      { reasoning: '\nwhy\n', answer: 'Hi' },
    ],
    [
      'spaces after the newlines are the answer',
      `${OPEN}w${CLOSE}\r\n\n  indented\n\n`,
      { reasoning: 'w', answer: '  indented\n\n' },
    ],
    ['an empty answer', `${OPEN}why${CLOSE}`, { reasoning: 'why', answer: '' }],
    [
      'a fence around the tags',
      `\`\`\`xml\n${OPEN}why${CLOSE}\n\`\`\`\nHi`,
      { reasoning: 'why', answer: 'Hi' },
    ],
    [
      'a fence that is not closed after them',
      `\`\`\`\n${OPEN}why${CLOSE}\nHi\n\`\`\``,
      'odd_boundary',
    ],
    [
      'a think block before the tags',
      `<think>hm ${OPEN}x</think>\n${OPEN}why${CLOSE}Hi`,
      { reasoning: `hm ${OPEN}x\nwhy`, answer: 'Hi' },
    ],
    [
      'harmony around the tags',
      `${H.analysis}hm<|end|>${H.final}${OPEN}why${CLOSE}\nHi<|return|>`,
      { reasoning: 'hm\nwhy', answer: 'Hi' },
    ],
    ['no tag', 'Hi there', 'no_boundary'],
    ['nothing', '', 'no_boundary'],
    ['no closing tag', `${OPEN}why Hi`, 'no_boundary'],
    ['half a closing tag', `${OPEN}why${CLOSE.slice(0, -1)} Hi`, 'no_boundary'],
    ['only the closing tag', `why${CLOSE}Hi`, 'odd_boundary'],
    ['text before the opening tag', `Sure. ${OPEN}why${CLOSE}Hi`, 'odd_boundary'],
    [
      'a longer aside hidden behind white space',
      `\`\`\`\n${' '.repeat(60)}x${OPEN}why${CLOSE}Hi`,
      'odd_boundary',
    ],
    ['a repeated closing tag', `${OPEN}why${CLOSE}still${CLOSE}Hi`, 'odd_boundary'],
    ['a re-opened block', `${OPEN}why${CLOSE}Hi ${OPEN}more${CLOSE}`, 'odd_boundary'],
    ['a nested opening tag', `${OPEN}why${OPEN}x${CLOSE}${CLOSE}Hi`, 'odd_boundary'],
    ['a forged nonce', `<deliberation-0badcafe>x</deliberation-0badcafe>Hi`, 'odd_boundary'],
    [
      'a forged closing tag inside',
      `${OPEN}why</deliberation-00000000>more${CLOSE}Hi`,
      { reasoning: 'why</deliberation-00000000>more', answer: 'Hi' },
    ],
    ['a closing tag in capitals', `${OPEN}why${CLOSE.toUpperCase()}Hi`, 'no_boundary'],
    ['a closing tag with spaces', `${OPEN}why</deliberation-${NONCE} >Hi`, 'no_boundary'],
    ['a quoted closing tag', `${OPEN}I end with \`${CLOSE}\` and`, 'no_boundary'],
    [
      'a think tag inside',
      `${OPEN}why<think>x${CLOSE}Hi`,
      { reasoning: 'why<think>x', answer: 'Hi' },
    ],
    [
      'a leading block behind the tags',
      `${OPEN}why${CLOSE}\n<think>x</think>\n\nHi`,
      { reasoning: 'why\nx', answer: 'Hi' },
    ],
    [
      'a leading block without a nonce',
      `${OPEN}why${CLOSE}\n<deliberation>x</deliberation>\nHi`,
      { reasoning: 'why\nx', answer: 'Hi' },
    ],
    ['a leading block that is not closed', `${OPEN}why${CLOSE}\n<think>x Hi`, 'no_boundary'],
    ['a leading block in disguise', `${OPEN}why${CLOSE}<th\u2063ink>x</think>Hi`, 'odd_boundary'],
    ['harmony behind the tags', `${OPEN}why${CLOSE}${H.analysis}x<|end|>Hi`, 'odd_boundary'],
    ['more thought with a closer', `${OPEN}why${CLOSE}so\n</think>\n\nHi`, 'odd_boundary'],
    ['a miscopied nonce', `${OPEN}why${CLOSE}Hi <deliberation-deadbeef02>`, 'odd_boundary'],
    ['blank reasoning', `${OPEN} \n${CLOSE}Hi`, 'no_reasoning'],
  ]),
  {
    name: 'tagged: reasoning in both places',
    boundary: tagged,
    segments: [thought('hm'), content(`${OPEN}why${CLOSE}`), thought('!'), content('Hi')],
    gives: { reasoning: 'hm!\nwhy', answer: 'Hi' },
  },
  ...rows('native', native, [
    ['a think block', '<think>\nwhy\n</think>\n\nHi', { reasoning: '\nwhy\n', answer: 'Hi' }],
    ['capitals and white space', ' \n<THINK>why</THINK>\nHi', { reasoning: 'why', answer: 'Hi' }],
    ['thinking', '<thinking>why</thinking>Hi', { reasoning: 'why', answer: 'Hi' }],
    ['a namespaced tag', '<seed:think>why</seed:think>Hi', { reasoning: 'why', answer: 'Hi' }],
    ['thought', '<thought>why</thought>Hi', { reasoning: 'why', answer: 'Hi' }],
    [
      'brackets',
      '[THINK]why[/THINK]Hi [think] [1]',
      { reasoning: 'why', answer: 'Hi [think] [1]' },
    ],
    ['triangles', '◁think▷why◁/think▷Hi ◁', { reasoning: 'why', answer: 'Hi ◁' }],
    ['token pairs', '<|START_THINKING|>why<|END_THINKING|>Hi', { reasoning: 'why', answer: 'Hi' }],
    [
      'one-sided tokens',
      '<|channel>thought\nwhy<channel|>Hi',
      { reasoning: 'thought\nwhy', answer: 'Hi' },
    ],
    ['no opening tag', 'why\n</think>\n\nHi', { reasoning: 'why\n', answer: 'Hi' }],
    ['an empty answer', '<think>why</think>', { reasoning: 'why', answer: '' }],
    [
      'a tag of another family inside',
      `<think>${OPEN} <|end|></think>Hi`,
      { reasoning: `${OPEN} <|end|>`, answer: 'Hi' },
    ],
    [
      'markup that is no boundary',
      '<think>a < b</think><div>[x](y) a<b think> </thin></div>',
      { reasoning: 'a < b', answer: '<div>[x](y) a<b think> </thin></div>' },
    ],
    ['an empty block', '<think>\n\n</think>\n\nHi', 'no_reasoning'],
    ['no block', 'Hi', 'no_reasoning'],
    ['an unclosed block', '<think>why Hi', 'no_boundary'],
    ['an unclosed block cut in its closing tag', '<think>why</thin', 'no_boundary'],
    ['a second closing tag', 'why</think>still</think>Hi', 'odd_boundary'],
    ['a re-opened block', '<think>a</think>Hi<think>b</think>', 'odd_boundary'],
    [
      'two leading blocks',
      '<think>a</think><think>b</think>Hi',
      { reasoning: 'a\nb', answer: 'Hi' },
    ],
    [
      'a nested block',
      '<think>a<think>b</think>c</think>Hi',
      { reasoning: 'a<think>b</think>c', answer: 'Hi' },
    ],
    [
      'a thought about the tags',
      '<think>Cut from <think> to </think>, or match r"</think>".</think>Hi',
      { reasoning: 'Cut from <think> to </think>, or match r"</think>".', answer: 'Hi' },
    ],
    ['a nested block that is not closed', '<think>a<think>b</think>c Hi', 'no_boundary'],
    ['another tag as closer', '<think>a</thinking>Hi', 'no_boundary'],
    ['a closer in another case', '<THINK>a</think>Hi', 'no_boundary'],
    ['a quoted closer', '<think>I shall write `</think>` and', 'no_boundary'],
    ['a block after text', 'Sure <think>a</think>Hi', 'no_reasoning'],
    [
      'its own tag in code',
      '<think>a</think>Use:\n```py\nre.sub(r"<think>.*?</think>", "", text)\n```\n',
      { reasoning: 'a', answer: 'Use:\n```py\nre.sub(r"<think>.*?</think>", "", text)\n```\n' },
    ],
    [
      'another tag in the answer',
      '<think>a</think>Use:\n<thinking>\nstep by step\n</thinking>\n',
      { reasoning: 'a', answer: 'Use:\n<thinking>\nstep by step\n</thinking>\n' },
    ],
    ['a tag of the gateway in the answer', `<think>a</think>Yes. ${OPEN}Hi`, 'odd_boundary'],
    [
      'harmony',
      `${H.analysis}why<|end|>${H.final}\nHi <b>`,
      { reasoning: 'why', answer: '\nHi <b>' },
    ],
    [
      'harmony with commentary',
      `<|start|>assistant${H.analysis}a<|end|>${H.commentary}b<|end|>${H.final}Hi<|return|>`,
      { reasoning: 'a\nb', answer: 'Hi' },
    ],
    ['harmony without final', `${H.analysis}why<|end|>`, { reasoning: 'why', answer: '' }],
    ['harmony cut in analysis', `${H.analysis}why`, 'no_boundary'],
    ['harmony cut in a header', `${H.analysis}why<|end|><|start|>assistant`, 'no_boundary'],
    ['harmony without end tokens', `${H.analysis}why${H.final}Hi`, 'odd_boundary'],
    ['harmony with an unknown channel', '<|channel|>musing<|message|>why<|end|>', 'odd_boundary'],
    [
      'harmony with a malformed header',
      '<|channel|>final We need to think<|message|>why',
      'odd_boundary',
    ],
    [
      'harmony re-opened after final',
      `${H.analysis}a<|end|>${H.final}Hi<|end|>${H.commentary}b`,
      'odd_boundary',
    ],
    [
      'harmony tokens in the answer',
      `${H.analysis}a<|end|>${H.final}Hi <|channel|>analysis<|message|>b`,
      'odd_boundary',
    ],
    ['harmony with text between messages', `${H.analysis}a<|end|>b${H.final}Hi`, 'odd_boundary'],
    [
      'harmony with a tool call left in the text',
      `${H.analysis}a<|end|><|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>`,
      'odd_boundary',
    ],
    ['harmony whose tokens were dropped', 'analysisThe user asks.assistantfinalHi', 'odd_boundary'],
  ]),
  {
    name: 'native: reasoning in its own channel',
    boundary: native,
    segments: [thought('why '), content('\n\nHi'), thought('so'), content(' you')],
    gives: { reasoning: 'why so', answer: '\n\nHi you' },
  },
  {
    name: 'native: its own channel may mention any tag',
    boundary: native,
    segments: [thought('</think><|end|>'), content('Hi')],
    gives: { reasoning: '</think><|end|>', answer: 'Hi' },
  },
  {
    name: 'native: its own channel and a stray closer',
    boundary: native,
    segments: [thought('why'), content('more</think>Hi')],
    gives: 'odd_boundary',
  },
  {
    name: 'native: a tag cut by the other channel',
    boundary: native,
    segments: [thought('why'), content(' <thi'), thought('x'), content('nk>secret')],
    gives: 'no_boundary',
  },
  {
    name: 'native: a parsed tool call repeated in the text',
    boundary: native,
    hasToolCalls: true,
    segments: [
      content(
        `${H.analysis}a<|end|><|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>`,
      ),
    ],
    gives: { reasoning: 'a\n{}', answer: '' },
  },
  {
    name: 'native: reasoning and tool calls only',
    boundary: native,
    hasToolCalls: true,
    segments: [thought('why')],
    gives: { reasoning: 'why', answer: '' },
  },
  {
    name: 'answer-only: text as it is',
    boundary: answerOnly,
    segments: [content('\n Hi \n')],
    gives: { reasoning: null, answer: '\n Hi \n' },
  },
  {
    name: 'answer-only: nothing',
    boundary: answerOnly,
    segments: [],
    gives: { reasoning: null, answer: '' },
  },
  {
    name: 'answer-only: a leading block is hidden',
    boundary: answerOnly,
    segments: [content('<think>why</think>\nHi')],
    gives: { reasoning: 'why', answer: 'Hi' },
  },
  {
    name: 'answer-only: the reasoning channel is hidden',
    boundary: answerOnly,
    segments: [thought('why'), content('Hi')],
    gives: { reasoning: 'why', answer: 'Hi' },
  },
  {
    name: 'answer-only: an unclosed block',
    boundary: answerOnly,
    segments: [content('<think>why')],
    gives: 'no_boundary',
  },
  {
    name: 'answer-only: a tag of the gateway',
    boundary: answerOnly,
    segments: [content(`Hi ${CLOSE}`)],
    gives: 'odd_boundary',
  },
]

/** The same segments with one segment cut in two at each place, and once into single code units. */
function* cuts(segments: readonly Segment[]): Generator<readonly Segment[]> {
  for (const [index, segment] of segments.entries()) {
    for (let at = 0; at <= segment.text.length; at++) {
      const halves = [segment.text.slice(0, at), segment.text.slice(at)]
      const pieces = halves.map((text) => ({ ...segment, text }))
      yield [...segments.slice(0, index), ...pieces, ...segments.slice(index + 1)]
    }
  }
  yield segments.flatMap((segment) =>
    Array.from({ length: segment.text.length }, (_, at) => ({
      ...segment,
      text: segment.text.charAt(at),
    })),
  )
}

describe('splitSegments', () => {
  test.each(cases)('$name', ({ boundary, segments, hasToolCalls, gives }) => {
    expect(plain(segments, boundary, hasToolCalls)).toEqual(gives)
  })

  test.each(cases)('gives the same at every cut: $name', (item) => {
    for (const cut of cuts(item.segments)) {
      expect(plain(cut, item.boundary, item.hasToolCalls)).toEqual(item.gives)
    }
  })

  test('a failure holds nothing but its reason', () => {
    const result = splitSegments([content('<think>secret')], native, false)
    expect(result).toEqual({ ok: false, failure: { reason: 'no_boundary' } })
  })

  test('the last decision line of the reasoning is declared', () => {
    const text = `${OPEN}decision: refuse; clauses: A1\nbut\ndecision: comply; clauses: GEN1, SHM3\n${CLOSE}Hi`
    const result = splitSegments([content(text)], tagged, false)
    expect(result.ok && result.value.declaration).toEqual({
      decision: 'comply',
      clauses: ['GEN1', 'SHM3'],
    })
  })

  test('a decision line in the answer declares nothing', () => {
    const text = `${OPEN}why${CLOSE}decision: comply; clauses: none`
    const result = splitSegments([content(text)], tagged, false)
    expect(result.ok && result.value.declaration.decision).toBe(null)
  })

  test('splits sealed output', () => {
    const result = split(new Opaque([content('<think>a</think>b')]), native, false)
    expect(result.ok && result.value.answer).toBe('b')
    expect(JSON.stringify(result)).not.toContain('a</think>')
  })

  // Anything quadratic would not come to the end of these in any time.
  test('comes to the end of a long text, whatever the text', { timeout: 60_000 }, () => {
    const hostile = [
      '<',
      '<think ',
      '[THINK',
      '◁',
      '< / think',
      '<a>',
      '<|channel|',
      `</${'x'.repeat(150)}`,
    ]
    for (const unit of hostile) {
      const text = unit.repeat(Math.ceil(400_000 / unit.length))
      expect(plain([content(`Hi ${text}`)], answerOnly)).toBeTypeOf('object')
    }
  })
})
