/** Which arguments of a call are an answer: one JSON value, nothing at all, or the beginning that the limit left. */
import { expect, test } from 'vitest'
import type { CompletionChoice } from '../../../../src/conversation/model.ts'
import type { ToolCall } from '../../../../src/conversation/turn.ts'
import { hasOddArguments } from '../../../../src/deliberation/draft/odd-arguments.ts'
import { Opaque } from '../../../../src/lib/opaque.ts'

const choiceOf = (
  texts: readonly string[],
  finishReason: CompletionChoice['finishReason'] = 'tool_calls',
  kind: ToolCall['kind'] = 'function',
): CompletionChoice => ({
  index: 0,
  output: new Opaque([]),
  logprobs: new Opaque(null),
  refusal: null,
  toolCalls: texts.map((text) => ({ id: 'a', kind, name: 'f', arguments: text })),
  finishReason,
  audio: null,
  annotations: null,
})

test.each([[''], [' \n'], ['{}'], [' {"a":"}{"} '], ['[1]'], ['null']])('%j is one', (text) => {
  expect(hasOddArguments(choiceOf([text]))).toBe(false)
})

test.each([
  ['{"a":1}{"a":2}'],
  ['{}x'],
  ['{"a":'],
  ['city: Paris'],
  ['{"__proto__":1}'],
  [`${'['.repeat(500)}${']'.repeat(500)}`],
])('%j is none', (text) => {
  expect(hasOddArguments(choiceOf([text]))).toBe(true)
  expect(hasOddArguments(choiceOf(['{}', text], 'stop', 'legacy'))).toBe(true)
})

test('a call of nothing is none', () => {
  const choice = choiceOf(['{}'])
  const toolCalls = choice.toolCalls.map((call) => ({ ...call, name: '' }))
  expect(hasOddArguments({ ...choice, toolCalls })).toBe(true)
})

test('the input of a custom tool is text', () => {
  expect(hasOddArguments(choiceOf(['select 1'], 'tool_calls', 'custom'))).toBe(false)
})

test.each([
  [['{"a":"b'], false],
  [['{}', '{"a":'], false],
  [['{"a":', '{}'], true],
  [['{}{'], true],
  [['{"a":"\\u00'], false],
  [['city'], true],
])('%j cut by the limit', (texts, isOdd) => {
  expect(hasOddArguments(choiceOf(texts, 'length'))).toBe(isOdd)
})
