/** Which text counts as a reasoning boundary. */
import { describe, expect, test } from 'vitest'
import { holdsMarker } from '../../../fakes/holds-marker.ts'

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
