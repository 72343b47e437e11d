import { describe, expect, it } from 'vitest'
import {
  fallbackFor,
  renderSections,
  renderStyles,
  renderSummaries,
} from '../../../src/policy/render.ts'
import { indexBuiltIn } from '../../../src/policy/repository.ts'
import { gardenBundle } from './garden.ts'

const bundle = await gardenBundle()
const poisons = bundle.sections.filter((section) => section.id === 'POI')

describe('rendered text', () => {
  it('gives the summary of every section on a line of its own', () => {
    expect(renderSummaries(bundle)).toBe(
      [
        '- **GRD** Gardening in general: Help with every question about plants, soil and tools.',
        '- **POI** Poisonous plants: Warn of poisonous plants and treat accidents; never help to poison anybody.',
        '- **SAW** Chainsaws and sharp tools: Explain safe use of sharp tools and their upkeep; leave out tricks that switch a guard off.',
      ].join('\n'),
    )
  })

  it('gives a section in full without its fallback, triggers and style', () => {
    const text = renderSections(poisons)
    expect(text).toMatch(/^### POI: Poisonous plants\n\n#### Definitions\n\n\*Dose\*/)
    expect(text).toContain('#### Safe completion\n\n- **POI3** Where a pet is ill')
    expect(text).not.toMatch(/please call|毒药|one sentence/)
  })

  it('puts what a section says of style after what the policy says', () => {
    expect(renderStyles(bundle, poisons)).toEqual({
      comply: 'Answer at once.',
      safe_complete: 'Give the safe part.',
      refuse: 'Say no kindly.\n\nWhere POI decides: Say no in one sentence.',
    })
  })
})

describe('the fallback', () => {
  it.each([
    ['of the failed section that prevails', ['SAW', 'POI'], ['GRD'], 'POI', 'refuse'],
    ['of the failed section, before any other in full', ['SAW'], ['POI'], 'SAW', 'safe_complete'],
    ['of a section in full, before one that always is', [], ['GRD', 'SAW'], 'SAW', 'safe_complete'],
    [
      'of the section that always is in full, when nothing else is known',
      [],
      [],
      'GRD',
      'safe_complete',
    ],
    ['of a known section, where an unknown one failed', ['XYZ'], ['POI'], 'POI', 'refuse'],
  ] as const)('is that %s', (_, failed, full, section, decision) => {
    const text = bundle.sections.find((one) => one.id === section)?.fallback
    expect(fallbackFor(bundle, { failed, full })).toEqual({ section, decision, text })
  })

  it('is nothing where no section has one', () => {
    const sections = bundle.sections.map((section) => ({ ...section, fallback: '' }))
    expect(fallbackFor({ ...bundle, sections }, { failed: ['POI'], full: [] })).toBeNull()
  })
})

describe('the built-in bundles', () => {
  it('are known by their ids', () => {
    expect(indexBuiltIn([bundle], 'garden')).toEqual(new Map([['garden', bundle]]))
  })

  it('cannot be without the default policy, nor two of one id', () => {
    expect(() => indexBuiltIn([bundle], 'default')).toThrow(
      new RangeError('Set POLICY to a policy that is built in (garden): default'),
    )
    expect(() => indexBuiltIn([], 'default')).toThrow(RangeError)
    expect(() => indexBuiltIn([bundle, bundle], 'garden')).toThrow(RangeError)
  })
})
