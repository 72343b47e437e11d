/** Which text counts as a reasoning boundary. */
import { describe, expect, test } from 'vitest'
import { MarkerScanner } from '../../../src/deliberation/marker-scanner.ts'

/** Whether the scanner finds any listed marker in finished text. */
function holdsMarker(text: string): boolean {
  let isFound = false
  const marker = (): void => {
    isFound = true
  }
  const scanner = new MarkerScanner({ text() {}, marker, end() {} })
  scanner.push(text)
  scanner.end()
  return isFound
}

describe('MarkerScanner', () => {
  test.each([
    '<think>',
    '</think>',
    '<THINK>',
    '< / think >',
    '<think type="deep">',
    '<thinking>',
    '</thinking>',
    '<thought>',
    '<reasoning>',
    '<reflection>',
    '<scratchpad>',
    '[THINK]',
    '[/THINK]',
    '◁think▷',
    '◁/think▷',
    '<|channel|>',
    '<|start|>',
    '<|message|>',
    '<｜channel｜>',
    '<|channel>',
    '<channel|>',
    '<|END_THINKING|>',
    '<|begin_of_thought|>',
    '<|inner_prefix|>',
    '<deliberation-12345678>',
    '</Deliberation-ABCDEF01>',
    '<deliberation>',
    'a<think\n>b',
    '<<think>',
  ])('%j is one', (text) => {
    expect(holdsMarker(`before ${text} after`)).toBe(true)
  })

  test.each([
    'think',
    'a < thin > b < c',
    '<b>think</b>',
    '<thinker>',
    '<rethink>',
    '[think]',
    '[THINK](https://example.com)'.replace('[THINK]', '[Think]'),
    '<|im_end|>',
    '<channel>',
    '<analysis>',
    '<answer>',
    '<think',
    'if a<b and c>d',
    '&lt;think&gt;',
    '<!-- think -->',
    `<think ${'x'.repeat(300)}>`,
  ])('%j is none', (text) => {
    expect(holdsMarker(`before ${text} after`)).toBe(false)
  })
})
