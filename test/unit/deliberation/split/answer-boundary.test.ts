/** What an answer may hold once its reasoning was taken off, however the call was asked to mark it: decision 0029. */
import { describe, expect, it } from 'vitest'
import type { Segment } from '../../../../src/conversation/model.ts'
import {
  boundariesIn,
  takeLeadingBlocks,
} from '../../../../src/deliberation/split/answer-boundary.ts'
import { splitSegments } from '../../../../src/deliberation/split/split.ts'

const NONCE = '0f3a9c1e5b7d2468'
const WHY = 'They want to cut <think> blocks from a text.'

type Call = {
  readonly boundary: Parameters<typeof splitSegments>[1]
  readonly write: (answer: string) => readonly Segment[]
}

const content = (text: string): Segment => ({ channel: 'content', text })
const CALLS: Readonly<Record<string, Call>> = {
  tagged: {
    boundary: { kind: 'tagged', nonce: NONCE },
    write: (answer) => [
      content(`<deliberation-${NONCE}>\n${WHY}\n</deliberation-${NONCE}>\n${answer}`),
    ],
  },
  'native, in a field of its own': {
    boundary: { kind: 'native' },
    write: (answer) => [{ channel: 'reasoning', text: WHY }, content(answer)],
  },
  'native, in a leading block': {
    boundary: { kind: 'native' },
    write: (answer) => [content(`<think>\n${WHY}\n</think>\n\n${answer}`)],
  },
  'the second of two passes': {
    boundary: { kind: 'answer-only' },
    write: (answer) => [content(answer)],
  },
  harmony: {
    boundary: { kind: 'native' },
    write: (answer) => [
      content(
        `<|channel|>analysis<|message|>${WHY}<|end|><|start|>assistant<|channel|>final<|message|>${answer}`,
      ),
    ],
  },
}
const IN_FIELDS = ['tagged', 'native, in a field of its own', 'the second of two passes']

function answerOf(call: string, answer: string): string {
  const { boundary, write } = CALLS[call] ?? { boundary: { kind: 'native' }, write: () => [] }
  const result = splitSegments(write(answer), boundary, false)
  return result.ok ? result.value.answer : `!${result.failure.reason}`
}

const fenced = (code: string) => `Like this:\n\n\`\`\`\n${code}\n\`\`\`\n\nThat is all.`

/** Released however the reasoning was marked. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['code', fenced("return re.sub(r'<think>.*?</think>', '', text, flags=re.S)")],
  ['code that closes alone', fenced('return text.split("</think>")[-1].strip()')],
  ['an indented line of code', "Write:\n\n    text.split('</think>', 1)[1]\n\nand return it."],
  ['a span of code', 'Split at ``</think>`` and keep what comes after it.'],
  ['a quotation', 'Split at "</think>" and keep the “</think>” out of it.'],
  ['a sentence', 'Keep whatever stands after the </think> tag, and drop the <think> tag itself.'],
  ['both tags on a line', 'The block is written as <think> and </think>\n\nKeep the rest.'],
  ['code of other tags', fenced('<thinking>\n{{steps}}\n</thinking>\n<answer>{{answer}}</answer>')],
  ['tags in capitals', fenced('[THINK]step[/THINK]')],
  ['XML in prose', 'A template:\n\n<thinking>\nStep by step.\n</thinking>\n<answer>4</answer>'],
  ['a word of French', 'On écrit <délibération>le vote</délibération> dans le fichier.'],
  ['code without quotes', fenced('sed s/.*</think>// reply.txt')],
  ['a sample in code', fenced('<think>\nWait.\n</think>\nFour.')],
  ['a tag of the bare name', 'The element <deliberation> holds the minutes.'],
]

/** The same where no harmony server could have taken the tokens for its own. */
const TOKENS: readonly (readonly [string, string])[] = [
  [
    'harmony in code',
    fenced('<|start|>assistant<|channel|>analysis<|message|>Simple.<|end|><|start|>assistant'),
  ],
  [
    'harmony as a transcript',
    'It looks so:\n\n<|start|>user<|message|>2 + 2?<|end|>\n<|start|>assistant<|channel|>analysis<|message|>Easy.<|end|>\n<|start|>assistant<|channel|>final<|message|>4<|return|>',
  ],
  ['a token in prose', 'The model ends its turn with <|return|> or with <|call|>, never both.'],
]

/** Never released, however the reasoning was marked. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['a closer that closes nothing', 'And so I decide.\n</think>\n\nHi'],
  ['a closer right behind a thought', 'And so I decide.</think>Hi'],
  ['a closer behind a quotation', 'They said "hi".</think>"Hi" to you, too.'],
  ['a closer behind an open fence', '```\nlet x\nSo I decide.\n</think>\n\nHi'],
  ['a closer between fences', '```\nlet x\nSo I decide.\n</think>\n\nHi\n```\nlet y\n```'],
  ['a leading block that is not closed', '<think>\nAnd so I decide.\n\nHi'],
  ['a leading block in disguise', '<th\u2063ink>so</think>Hi'],
  ['a block in disguise', 'Hi <thіnk>so</thіnk>'],
  ['a disguise longer than a tag', `Hi <${'\u2063'.repeat(500)}think>so`],
  ['the tag of this call', `Hi <deliberation-${NONCE}>so`],
  ['the tag of this call in code', `\`<deliberation-${NONCE}>\``],
  ['a miscopied tag', 'Hi </deliberation-0f3a9c1e5b7d2460> so'],
  ['a tag without the nonce', 'Hi <deliberation-null>so'],
  ['a tag with nothing for a nonce', 'Hi <deliberation->so'],
  ['the tag of this call in disguise', `Hi <delib\u034feration-${NONCE}>so`],
  ['another channel', 'Hi<|end|><|start|>assistant<|channel|>analysis<|message|>And so I decide.'],
  ['a leading channel', '<|channel|>analysis<|message|>And so I decide.'],
  ['another message', 'Hi<|start|>assistant<|message|>And so I decide.'],
  ['tokens that were dropped', 'analysisWe decide.assistantfinalHi'],
]

describe.each(Object.keys(CALLS).filter((call) => call !== 'the second of two passes'))(
  'behind reasoning that is %s, an answer',
  (call) => {
    it.each(TEXTS)('is released with %s', (_, answer) => {
      expect(answerOf(call, answer)).toBe(answer)
    })

    it.each(REFUSED)('is not released with %s', (_, answer) => {
      expect(answerOf(call, answer)).toMatch(/^!(?:odd|no)_boundary$/)
    })

    it('loses the blocks that it begins with', () => {
      const text = '<think>\nOnce more.\n</think>\n\n<thinking>And again.</thinking>\nHi'
      expect(answerOf(call, text)).toBe('Hi')
    })
  },
)

describe.each(IN_FIELDS)('with %s, an answer', (call) => {
  it.each(TOKENS)('is released with %s', (_, answer) => {
    expect(answerOf(call, answer)).toBe(answer)
  })

  it('is released with a block in the middle', () => {
    const answer = 'Hi.\n<think>\nx\n</think>\nBye.'
    expect(answerOf(call, answer)).toBe(answer)
  })
})

it('is not released where it opens the block again that bounded the reasoning', () => {
  const answer = 'Hi.\n<THINK>\nx\n</THINK>\nBye.'
  expect(answerOf('native, in a leading block', answer)).toBe('!odd_boundary')
})

it('is not released where it opens a block again that it begins with, whatever bounded the rest', () => {
  const text = '<think>Once more.</think>\n\nHi.\n<Think>\nx\n</Think>\nBye.'
  const calls = Object.keys(CALLS).map((call) => answerOf(call, text))
  expect(new Set(calls)).toEqual(new Set(['!odd_boundary']))
})

it.each([
  ['alone on its line', '```\nlet x\n</think>\n\nHi\n```', '!odd_boundary'],
  ['in a line of code', fenced('sed s/.*</think>// x'), fenced('sed s/.*</think>// x')],
])('is not cut at a closer between fences, %s', (_, answer, gives) => {
  expect(answerOf('the second of two passes', answer)).toBe(gives)
})

it('takes time in proportion to the text, whatever it holds', { timeout: 60_000 }, () => {
  const units = [
    '<think>',
    '</think>',
    '`</think>',
    '"</think>',
    '```\n',
    '`` ` ',
    '<|channel|>',
    '<',
  ]
  for (const unit of units) {
    const text = `Hi ${unit.repeat(Math.ceil(400_000 / unit.length))}`
    expect(boundariesIn(text)).toBeInstanceOf(Array)
    expect(takeLeadingBlocks(text)).toEqual({ blocks: [], answer: text })
  }
  const blocks = '<think>a</think>'.repeat(25_000)
  expect(takeLeadingBlocks(blocks)?.answer).toBe('')
})
