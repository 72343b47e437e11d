/** Which text counts as a reasoning boundary. */
import { describe, expect, test } from 'vitest'
import { INVISIBLE_SIGNS, interspersed, LETTER_DISGUISES, MARKS } from '../../../fakes/disguises.ts'
import { holdsMarker } from '../../../fakes/holds-marker.ts'

describe('markersIn', () => {
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
    '<thіnk>',
    '＜think＞',
    '<think＞',
    '［THINK］',
    '[ТНINK]',
    '<|ѕtart|>',
    '<deliberаtion-12345678>',
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
    '[тhink]',
    '<мысль>',
    '＜analysis＞',
    '<délibération>',
    '<deliberación>',
  ])('%j is none', (text) => {
    expect(holdsMarker(`before ${text} after`)).toBe(false)
  })

  test.each(['<think>', '[/THINK]', '<|channel|>', '</deliberation-1>', '◁think▷'])(
    'sees %s whatever it is dressed in',
    (marker) => {
      for (const sign of [...INVISIBLE_SIGNS, ...MARKS]) {
        expect([sign, holdsMarker(interspersed(marker, sign))]).toEqual([sign, true])
      }
    },
  )

  test('sees a marker in letters that look alike, each of Unicode’s', () => {
    const unseen = LETTER_DISGUISES.filter(([latin, sign]) => {
      const tags = ['<inner_monologue>', '<scratchpad>', '<thought>', '<reflection>']
      const touched = tags.filter((tag) => tag.includes(latin))
      return touched.some((tag) => !holdsMarker(tag.replaceAll(latin, sign)))
    })
    expect(unseen).toEqual([])
  })
})
