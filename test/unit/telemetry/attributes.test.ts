import { describe, expect, it } from 'vitest'
import { ATTRIBUTES, admitAttributes, admitReason } from '../../../src/telemetry/attributes.ts'

describe('an attribute', () => {
  it.each([...ATTRIBUTES])('%s on the list is admitted', (name) => {
    expect(admitAttributes({ [name]: 'v1' })).toEqual({ [name]: 'v1' })
  })

  it.each([
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'prompt',
    '__proto__',
    '',
  ])('%s off the list is dropped', (name) => {
    expect(admitAttributes({ [name]: 'v1' })).toEqual({})
  })

  it.each(['two words', 'line\nbreak', '', 'x'.repeat(129), '你好', '{"a":1}'])(
    'whose value %j is no identifier is dropped',
    (value) => {
      expect(admitAttributes({ 'gen_ai.request.model': value })).toEqual({})
    },
  )

  it.each(['gpt-4o-2024-08-06', 'accounts/x/models/y', '@cf/meta/llama-3.1', 'qwen3:4b', 7, true])(
    'whose value is %j is admitted',
    (value) => {
      expect(admitAttributes({ 'gen_ai.request.model': value })).toEqual({
        'gen_ai.request.model': value,
      })
    },
  )

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('whose value is %d is dropped', (value) => {
    expect(admitAttributes({ 'chambers.attempt': value })).toEqual({})
  })

  it('that is a list keeps its identifiers only', () => {
    expect(admitAttributes({ 'chambers.reasons': ['violation:SHM3', 'he said so'] })).toEqual({
      'chambers.reasons': ['violation:SHM3'],
    })
  })
})

describe('a failure class', () => {
  it.each([
    ['judge_timeout', 'judge_timeout'],
    ['the model said no', 'other'],
  ])('%s is told as %s', (reason, told) => {
    expect(admitReason(reason)).toBe(told)
  })
})
