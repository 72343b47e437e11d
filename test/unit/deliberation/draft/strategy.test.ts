import { describe, expect, it } from 'vitest'
import type { Inquiry } from '../../../../src/conversation/outcome.ts'
import { chooseStrategy, fallFrom } from '../../../../src/deliberation/draft/strategy.ts'
import { createCapabilityMemory } from '../../../../src/deliberation/memory.ts'
import { createInquiry } from '../fixtures.ts'

const none = { structured: false, logprobs: false, stop: false, audio: false, tools: false }
const plain = createInquiry()
const shapes: readonly (readonly [string, Partial<Inquiry>])[] = [
  ['structured', { demands: { ...none, structured: true } }],
  ['logprobs', { demands: { ...none, logprobs: true } }],
  ['stop', { demands: { ...none, stop: true } }],
  ['audio', { demands: { ...none, audio: true } }],
  ['n > 1', { choices: 2 }],
  ['a bound that goes by another name', { parameters: { n_predict: 100 } }],
  ['a tight limit', { limit: { tokens: 64, parameter: 'max_tokens' } }],
]

describe('auto', () => {
  const choose = (inquiry: Inquiry, facts = {}) =>
    chooseStrategy({ setting: 'auto', inquiry, facts, budget: 1000 })

  it.each(shapes)('takes two passes for %s unless the model is known to reason', (_, changes) => {
    const inquiry = createInquiry(changes)
    expect(choose(inquiry)).toBe('two-pass')
    expect(choose(inquiry, { reasoningField: false })).toBe('two-pass')
    expect(choose(inquiry, { reasoningField: true })).toBe('native')
  })

  it('tags until the model is known to reason by itself', () => {
    expect(choose(plain)).toBe('tagged')
    expect(choose(plain, { reasoningField: false })).toBe('tagged')
    expect(choose(plain, { reasoningField: true })).toBe('native')
  })

  it('takes two passes with tools only where the model drops text beside them', () => {
    const inquiry = createInquiry({ demands: { ...none, tools: true } })
    expect(choose(inquiry, { reasoningField: false })).toBe('tagged')
    expect(choose(inquiry, { reasoningField: false, textBesideTools: true })).toBe('tagged')
    expect(choose(inquiry, { reasoningField: false, textBesideTools: false })).toBe('two-pass')
  })

  it.each([
    ['required', 'two-pass'],
    [{ type: 'function', function: { name: 'find' } }, 'two-pass'],
    ['auto', 'tagged'],
    ['none', 'tagged'],
    [null, 'tagged'],
  ])('with tools and tool_choice %j is %s', (tool_choice, strategy) => {
    const demands = { ...none, tools: true }
    const inquiry = createInquiry({ demands, parameters: { tool_choice } })
    expect(choose(inquiry, { textBesideTools: true })).toBe(strategy)
    expect(chooseStrategy({ setting: 'tagged', inquiry, facts: {}, budget: 1000 })).toBe(strategy)
  })

  it('takes two passes for the older forced call', () => {
    const parameters = { function_call: { name: 'find' } }
    const inquiry = createInquiry({ demands: { ...none, tools: true }, parameters })
    expect(choose(inquiry)).toBe('two-pass')
  })

  it('takes two passes where the model writes too little for reasoning and answer', () => {
    const inquiry = createInquiry({ limit: { tokens: 4096, parameter: 'max_tokens' } })
    expect(choose(inquiry, { outputTokens: 5095 })).toBe('two-pass')
    expect(choose(inquiry, { outputTokens: 5096 })).toBe('tagged')
    expect(choose(inquiry, { outputTokens: 4096, reasoningField: true })).toBe('native')
    expect(choose(plain, { outputTokens: 512 })).toBe('tagged')
  })

  it('does not call a roomy limit tight', () => {
    const inquiry = createInquiry({ limit: { tokens: 4096, parameter: 'max_tokens' } })
    expect(choose(inquiry, { reasoningField: false })).toBe('tagged')
  })
})

describe('a fixed strategy', () => {
  it('is kept', () => {
    for (const setting of ['native', 'tagged', 'two-pass'] as const) {
      expect(chooseStrategy({ setting, inquiry: plain, facts: {}, budget: 1000 })).toBe(setting)
    }
  })

  it.each(shapes.slice(0, 4))('of tags gives way to two passes for %s', (_, changes) => {
    const inquiry = createInquiry(changes)
    expect(chooseStrategy({ setting: 'tagged', inquiry, facts: {}, budget: 1000 })).toBe('two-pass')
  })
})

describe('falling', () => {
  const fall = (options: Partial<Parameters<typeof fallFrom>[0]>) =>
    fallFrom({
      setting: 'auto',
      failed: 'native',
      failure: { reason: 'no_reasoning' },
      inquiry: plain,
      facts: {},
      budget: 1000,
      ...options,
    })

  it('goes from native to tags, or to two passes where the shape forces them', () => {
    expect(fall({})).toBe('tagged')
    expect(fall({ inquiry: createInquiry({ choices: 2 }) })).toBe('two-pass')
  })

  it('goes from tags to two passes', () => {
    expect(fall({ failed: 'tagged', failure: { reason: 'no_boundary' } })).toBe('two-pass')
  })

  it('goes from tags to native where the model was seen to reason by itself', () => {
    const facts = { reasoningField: true }
    expect(fall({ failed: 'tagged', failure: { reason: 'no_boundary' }, facts })).toBe('native')
  })

  it.each([
    ['a fixed strategy', { setting: 'native' }],
    ['two passes', { failed: 'two-pass', failure: { reason: 'no_boundary' } }],
    ['an odd boundary', { failed: 'tagged', failure: { reason: 'odd_boundary' } }],
    ['no answer', { failure: { reason: 'no_answer' } }],
  ] as const)('does not happen from %s', (_, options) => {
    expect(fall(options)).toBeNull()
  })
})

describe('the memory', () => {
  it('adds facts up by model and forgets the oldest models first', () => {
    const memory = createCapabilityMemory()
    memory.learn('a', { reasoningField: true })
    memory.learn('a', { placement: 'trailing-user' })
    expect(memory.recall('a')).toEqual({ reasoningField: true, placement: 'trailing-user' })
    expect(memory.recall('b')).toEqual({})
    for (let count = 0; count < 1000; count++) memory.learn(`m${count}`, {})
    expect(memory.recall('a')).toEqual({})
  })
})
