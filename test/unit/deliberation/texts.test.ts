import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRedraft, renderRedraft } from '../../../src/deliberation/draft/redraft.ts'
import {
  checkProtocol,
  fillText,
  PROTOCOL_TEXTS,
} from '../../../src/deliberation/protocol-texts.ts'
import { coveringLogprobs } from '../../../src/deliberation/split/logprobs.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import { Opaque } from '../../../src/lib/opaque.ts'
import { promptText } from '../../fakes/scripted-model.ts'
import {
  answerJudge,
  createBundle,
  createInquiry,
  isReasoningReview,
  protocol,
  reply,
  run,
  verdict,
  violated,
} from './fixtures.ts'

describe('the protocol', () => {
  it('has every text with exactly its places', () => {
    expect(() => checkProtocol(protocol)).not.toThrow()
    expect(Object.keys(protocol.texts).toSorted()).toEqual(Object.keys(PROTOCOL_TEXTS).toSorted())
  })

  const without = (name: string, text?: string) => () =>
    checkProtocol({
      digest: '',
      texts: Object.fromEntries(
        Object.entries(protocol.texts).flatMap(([key, value]) =>
          key !== name ? [[key, value]] : text === undefined ? [] : [[key, text]],
        ),
      ),
    })

  it.each(Object.keys(PROTOCOL_TEXTS))('stops the start without %s', (name) => {
    expect(without(name)).toThrow(`Cannot use the protocol: text missing: ${name}`)
    expect(without(name, ' \n')).toThrow(`Cannot use the protocol: text missing: ${name}`)
  })

  it('stops the start when a place is missing, unknown, or a line is not exact', () => {
    expect(without('redraft', 'no place')).toThrow('places wrong in redraft: points')
    expect(without('fallback', 'a {{place}}')).toThrow('places wrong in fallback: place')
    expect(without('final-native', '{{stages}}')).toThrow(
      'line missing in final-native: Deliberate in your private reasoning, then answer.',
    )
  })

  it('stops the start of a deliberator', () => {
    expect(() => run({ ports: { protocol: { digest: '', texts: {} } } })).toThrow(
      'Cannot use the protocol: text missing: preamble',
    )
  })

  it('inserts values as they are', () => {
    expect(fillText(protocol, 'operator', { instructions: '$& {{points}} $1' })).toContain(
      '$& {{points}} $1',
    )
  })

  it('names the stages in their order, refusal last', () => {
    const text = protocol.texts.stages ?? ''
    const order = ['**Helpful.**', '**Safe.**', '**Both.**', 'Refuse only if'].map((piece) =>
      text.indexOf(piece),
    )
    expect(order).toEqual(order.toSorted((one, other) => one - other))
    expect(order).not.toContain(-1)
  })
})

/** The very words the house keeps out of prompts, read from the test that holds the files to it. */
const FORBIDDEN =
  /\b(?:judg(?:e|es|ed|ing|ement|ment)|scor(?:e|es|ed|ing)|grad(?:e|es|ed|er|ing)|monitor(?:s|ed|ing)?|evaluat(?:e|es|ed|ing|ion|ions|or))\b/i

describe('every prompt', () => {
  it('speaks of no watching: drafts, redrafts, both passes and reviews', async () => {
    const prompts: string[] = []
    for (const strategy of ['tagged', 'native', 'two-pass'] as const) {
      for (const bad of ['answer', 'reasoning'] as const) {
        const { result, drafts, reviews } = run({
          ports: { settings: { strategy, placement: 'trailing-system' } },
          judge: (prompt) => ({
            content: JSON.stringify(
              isReasoningReview(prompt)
                ? verdict(prompt, bad === 'reasoning' ? { grounded: 0 } : {})
                : bad === 'answer'
                  ? violated(prompt, 'GEN2', 'The judge scores this low.')
                  : verdict(prompt),
            ),
          }),
        })
        await result
        for (const call of [...drafts.calls, ...reviews.calls]) {
          prompts.push(promptText(call.prompt), JSON.stringify(call.prompt.parameters))
        }
      }
    }
    expect(prompts.length).toBeGreaterThan(40)
    expect(prompts.map((text) => FORBIDDEN.exec(text)?.[0]).filter(Boolean)).toEqual([])
  })

  it('of a draft never speaks of a review or a finding', async () => {
    const { result, drafts } = run({ judge: answerJudge((prompt) => violated(prompt, 'GEN2')) })
    await result
    for (const { prompt } of drafts.calls) {
      expect(promptText(prompt)).not.toMatch(/\breview|\bfinding|\bverdict|\bfailed\b|\bprevious/i)
    }
  })
})

describe('a redraft', () => {
  const verdictWith = (hint: string | null) => ({
    channel: 'answer' as const,
    sawReasoning: false,
    model: 'm',
    family: null,
    passed: false,
    reasons: [],
    findings: [
      {
        clause: 'GEN2',
        finding: 'violated' as const,
        severity: 'high' as const,
        evidence: null,
        hint,
      },
      { clause: 'GEN1', finding: 'met' as const, severity: 'high' as const, evidence: null, hint },
    ],
    scores: { helpfulness: 8, style: 8 },
    needlessRefusal: false,
    missingSections: [],
    decision: null,
    usage: null,
    timings: { firstByteMs: 0, totalMs: 0, tries: 1 },
  })
  const render = (hint: string | null) =>
    renderRedraft(protocol, createRedraft([verdictWith(hint)], createBundle()))

  it('names the violated clauses alone', () => {
    expect(render('Give the address.')).toContain('Hint: Give the address.')
    expect(render(null)).toContain('- GEN2: GEN rules out operational detail.')
    expect(render(null)).not.toContain('GEN1')
    expect(render(null)).not.toContain('Hint')
  })

  it.each([
    'The judge will see it.',
    'Your reasoning was poor.',
    'Deliberate longer.',
    'Mind the evaluation.',
    'A reviewer found this.',
  ])('leaves out a hint that says more than it may: %s', (hint) => {
    expect(render(hint)).not.toContain('Hint')
  })

  it('keeps a hint to one harmless line', () => {
    const text = render(`Be brief.\n<think>x</think>\n${'y'.repeat(1000)}`)
    expect(text).toContain('Hint: Be brief. ‹think›x‹/think› yyy')
    expect(text.length).toBeLessThan(900)
  })

  it('starts from scratch when nothing but the reasoning failed', () => {
    const reasoning = { ...verdictWith('x'), channel: 'reasoning' as const }
    expect(createRedraft([reasoning], createBundle())).toEqual({ kind: 'fresh' })
  })
})

describe('logprobs', () => {
  const token = (text: string, more = {}) => ({
    token: text,
    logprob: -1,
    bytes: null,
    top_logprobs: [],
    ...more,
  })
  const open = (value: JsonValue, answer: string) =>
    coveringLogprobs(new Opaque(value), { content: answer, refusal: '' })

  it('are opened as far as they cover the answer', () => {
    const content = [token('<think>'), token('x'), token('Em'), token('ma')]
    expect(open({ content }, 'Emma')).toEqual({ content: content.slice(2), refusal: null })
  })

  it('lose unknown fields', () => {
    const content = [
      token('Emma', { hidden: 'thought', top_logprobs: [token('E', { hidden: 1 })] }),
    ]
    const opened = open({ content, thoughts: 'x' }, 'Emma')
    expect(JSON.stringify(opened)).not.toMatch(/hidden|thought/)
  })

  it.each([
    ['do not spell the answer', { content: [token('Emm')] }],
    ['begin within a token', { content: [token('xEmma')] }],
    ['are no list', { content: 'Emma' }],
    ['are absent', null],
  ])('stay closed when they %s', (_, value) => {
    expect(open(value as JsonValue, 'Emma')).toBeNull()
  })

  const spelt = (bytes: readonly number[], text: string) => token(text, { bytes })
  const FACE = [...new TextEncoder().encode('😀')]

  it('are told by their bytes where a token is a part of a character', () => {
    const content = [
      spelt([120], 'x'),
      spelt(FACE.slice(0, 2), 'bytes:\\xf0\\x9f'),
      spelt(FACE.slice(2), '\ufffd'),
      spelt([33], '!'),
    ]
    expect(open({ content }, '😀!')).toEqual({ content: content.slice(1), refusal: null })
  })

  it('say what their bytes say, whatever the token claims', () => {
    const content = [spelt([0xf0, 0x9f], 'a thought'), spelt([0x98, 0x80], '?'), spelt([33], 'why')]
    const opened = JSON.stringify(open({ content }, '😀!'))
    expect(opened).not.toMatch(/thought|why/)
    expect(opened).toContain('"token":"!"')
  })

  it.each([['<|im_end|>'], ['<|eot_id|>'], ['</s>'], ['<｜end▁of▁sentence｜>'], ['\n'], ['']])(
    'leave out %j behind the text',
    (end) => {
      const content = [token('Emma'), token(end)]
      expect(open({ content }, 'Emma')).toEqual({ content: [token('Emma')], refusal: null })
    },
  )

  it('are cut where a token reaches beyond the text by white space', () => {
    const content = [token('x'), token('\n\nWe'), token(' have'), token(' it.\n\n')]
    expect(open({ content }, 'We have it.')).toEqual({
      content: [token('We'), token(' have'), token(' it.')],
      refusal: null,
    })
  })

  it('keep what looks like the end of a turn where the text says it', () => {
    const content = [token('Say '), token('</s>')]
    expect(open({ content }, 'Say </s>')).toEqual({ content, refusal: null })
  })

  it('offer no end of a turn as an alternative', () => {
    const content = [token('Emma', { top_logprobs: [token('<|im_end|>')] })]
    expect(open({ content }, 'Emma')).toEqual({ content: [token('Emma')], refusal: null })
  })

  it('offer no sentence as an alternative', () => {
    const others = [token('the person wants'), token(' E'), token('a'.repeat(500))]
    const content = [token('Emma', { top_logprobs: others })]
    expect(JSON.stringify(open({ content }, 'Emma'))).not.toMatch(/person|aaa/)
    expect(open({ content }, 'Emma')).toMatchObject({
      content: [{ top_logprobs: [{ token: ' E' }] }],
    })
  })

  it('keep an empty list beside what they cover, and are none without it', () => {
    const content = [token('Emma')]
    expect(open({ content, refusal: [] }, 'Emma')).toEqual({ content, refusal: [] })
    expect(open({ content, refusal: [] }, 'Otto')).toBeNull()
    expect(open({ content, refusal: [token('No.')] }, 'Emma')).toEqual({ content, refusal: null })
  })

  it('cover a refusal like an answer', () => {
    const refusal = [token('I '), token('cannot.')]
    const sealed = new Opaque<JsonValue>({ content: null, refusal })
    expect(coveringLogprobs(sealed, { content: '', refusal: 'I cannot.' })).toEqual({
      content: null,
      refusal,
    })
    expect(coveringLogprobs(sealed, { content: '', refusal: 'No.' })).toBeNull()
  })

  it('reach the client with the answer of a second pass', async () => {
    const demands = { ...createInquiry().demands, logprobs: true }
    const content = [token('We have '), token('Emma and Persuasion.')]
    const { result } = run({
      inquiry: { demands, parameters: { logprobs: true } },
      draft: (prompt) => reply(prompt, { logprobs: { content } }),
    })
    expect((await result).outcome).toMatchObject({
      value: { choices: [{ answer: { logprobs: { content, refusal: null } } }] },
    })
  })
})

it('the forbidden words here are those of the test over the files', () => {
  const source = readFileSync('test/architecture/prompts.test.ts', 'utf8')
  expect(source).toContain(FORBIDDEN.source)
})
