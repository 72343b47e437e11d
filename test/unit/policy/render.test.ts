import { describe, expect, it } from 'vitest'
import {
  fallbackFor,
  renderSections,
  renderStyles,
  renderSummaries,
} from '../../../src/policy/render.ts'
import { createBuiltInRepository } from '../../../src/policy/repository.ts'
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

describe('the built-in repository', () => {
  const repository = createBuiltInRepository([bundle], 'garden')

  it.each([
    ['no reference', {}, true],
    ['its id', { id: 'garden' }, true],
    [
      'its id and the beginning of its digest',
      { id: 'garden', digestPrefix: bundle.digest.slice(0, 8) },
      true,
    ],
    ['no digest', { id: 'garden', digestPrefix: null }, true],
    ['another digest', { id: 'garden', digestPrefix: 'zzzz' }, false],
    [
      'a prefix that says too little',
      { id: 'garden', digestPrefix: bundle.digest.slice(0, 3) },
      false,
    ],
    ['another id', { id: 'kitchen' }, false],
  ])('for %s pins as told', (_, reference, found) => {
    const caller = { tenant: 'default', app: 'default', session: null }
    const pinned = { bundle, cohort: null, candidate: null }
    expect(repository.pin(reference, caller, () => {})).toEqual(found ? pinned : null)
  })

  it('says what it serves', () => {
    expect(repository.status()).toEqual([
      {
        id: 'garden',
        digest: bundle.digest,
        revision: 0,
        candidate: null,
        state: 'live',
        problem: null,
        ageMs: 0,
      },
    ])
  })

  it('cannot be made without the default policy', () => {
    expect(() => createBuiltInRepository([bundle], 'default')).toThrow(
      new RangeError('Set POLICY to a policy that is built in (garden): default'),
    )
    expect(() => createBuiltInRepository([], 'default')).toThrow(RangeError)
    expect(() => createBuiltInRepository([bundle, bundle], 'garden')).toThrow(RangeError)
  })
})
