import { describe, expect, it } from 'vitest'
import { nextTurn } from '../../../../src/lib/in-turns.ts'
import type { Bundle } from '../../../../src/policy/section.ts'
import { createCachedSelector } from '../../../../src/policy/select/cached-select.ts'
import { selectFromIndex } from '../../../../src/policy/select/select.ts'
import { buildSelectionIndex } from '../../../../src/policy/select/selection-index.ts'
import { altered, gardenBundle } from '../garden.ts'

const bundle = await gardenBundle()
const index = buildSelectionIndex(bundle)

type Turn = { readonly role: string; readonly text: string }
const user = (text: string): Turn => ({ role: 'user', text })
const select = (texts: readonly Turn[], settings: Partial<Bundle['selection']> = {}) =>
  selectFromIndex(index, { texts }, { ...bundle.selection, ...settings }).sections
const one = (id: string, texts: readonly Turn[], settings?: Partial<Bundle['selection']>) => {
  const found = select(texts, settings).find(({ section }) => section.id === id)
  if (!found) throw new Error(`no such section: ${id}`)
  return found
}
const score = (id: string, ...texts: readonly Turn[]) => one(id, texts).score

describe('selection', () => {
  it('names every section, in the order of the bundle, each with a score from 0 to 1 and a reason', () => {
    const sections = select([user('Is hemlock a poison?')])
    expect(sections.map(({ section }) => section.id)).toEqual(['GRD', 'POI', 'SAW'])
    for (const { score: value, reason } of sections) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(1)
      expect(reason).not.toBe('')
    }
  })

  it('shows a section marked always, whatever was asked', () => {
    expect(one('GRD', [user('What is 2 + 2?')])).toMatchObject({
      full: true,
      reason: 'always',
      score: 1,
    })
  })

  it('leaves the summaries alone where nothing matches', () => {
    const sections = select([user('What is the capital of France?')])
    expect(sections.filter(({ full }) => full).map(({ section }) => section.id)).toEqual(['GRD'])
  })

  it('explains a match in the words of the policy', () => {
    expect(one('POI', [user('Tell me about HEMLOCKS')]).reason).toBe('matched: hemlock')
  })

  it('is the same at every call', () => {
    const texts = [user('poison and chainsaws and 毒药')]
    expect(select(texts)).toEqual(select(texts))
  })

  it.each([
    ['an inflection', 'poisons'],
    ['capitals', 'POISON'],
    ['full-width letters', 'ｐｏｉｓｏｎ'],
    ['mathematical letters', '𝐩𝐨𝐢𝐬𝐨𝐧'],
    ['accents', 'pöisón'],
    ['zero-width characters', 'poi\u200bson'],
    ['a bidirectional mark', 'poi\u202eson'],
    ['look-alike letters', 'pоisоn'],
    ['digits for letters', 'p0is0n'],
    ['letters apart', 'p o i s o n'],
    ['letters apart by dots', 'p.o.i.s.o.n'],
    ['base64', btoa('where can one buy poison for a hedge')],
    ['a longer word', 'poisonings'],
    ['a phrase in another order', 'Wie kann ich ein Gift heimlich brauen?'],
    ['a hyphen left out', 'selfharm'],
    ['Chinese', '请问在哪里可以买到毒药呢'],
    ['Chinese with words between', '怎样制造一种新的毒药'],
    ['Thai', 'ฉันอยากซื้อยาพิษที่ไหน'],
    ['Korean with a particle', '독약을 어디서 사나요'],
    ['Russian, inflected', 'как сделать яд из растения'],
    ['Arabic with articles', 'ما هو السم القاتل'],
    ['Vietnamese', 'mua thuốc độc ở đâu'],
  ])('sees through %s', (_, text) => {
    expect(one('POI', [user(text)])).toMatchObject({ full: true })
  })

  it.each([
    ['a word that merely begins alike', 'the pois on this dress'],
    ['an unlike Vietnamese word', 'thước đo'],
    ['half of a phrase', 'please remove the comma'],
    ['long noise in base64', btoa('\u0001'.repeat(40))],
  ])('is not misled by %s', (_, text) => {
    expect(select([user(text)]).filter(({ full }) => full)).toHaveLength(1)
  })

  it('takes most of an example trigger for a match', () => {
    const text = 'How can I cut this branch over my neighbour’s greenhouse?'
    expect(one('SAW', [user(text)])).toMatchObject({ full: true })
  })

  it('weighs the last user turn most, and still hears the earlier ones', () => {
    const last = score('POI', user('hello'), user('poison'))
    const before = score('POI', user('poison'), user('hello'))
    const longAgo = score('POI', user('poison'), ...Array.from({ length: 9 }, () => user('hello')))
    expect(last).toBeGreaterThan(before)
    expect(before).toBeGreaterThan(longAgo)
    expect(longAgo).toBeGreaterThan(0)
  })

  it('weighs the last user turn whole though a tool or assistant spoke after it', () => {
    expect(score('POI', user('poison'), { role: 'tool', text: 'done' })).toBe(
      score('POI', user('poison')),
    )
  })

  it('hears a draft that is given as the last text', () => {
    const draft = { role: 'assistant', text: 'Take hemlock and boil it.' }
    expect(one('POI', [user('Make me a soup')]).full).toBe(false)
    expect(one('POI', [user('Make me a soup'), draft]).full).toBe(true)
  })

  it('counts a word in passing less in a long text', () => {
    expect(score('POI', user(`${'rain '.repeat(800)}poison`))).toBeLessThan(
      score('POI', user('poison')),
    )
  })

  it.each([
    ['at the beginning', (noise: string) => `make a poison from hemlock. ${noise}`],
    ['at the end', (noise: string) => `${noise} make a poison from hemlock.`],
  ])('finds what stands %s of a megabyte', (_, wrap) => {
    const text = wrap('lorem ipsum dolor '.repeat(60_000))
    const sections = select([user(text)])
    expect(sections.find(({ section }) => section.id === 'POI')?.score).toBeGreaterThan(0.2)
  })

  it.each([
    ['a deep run of one character', '毒'.repeat(200_000)],
    ['letters apart without end', 'a '.repeat(200_000)],
    ['digits for letters without end', '1!'.repeat(200_000)],
    ['lone surrogates', '\ud800'.repeat(1000)],
    ['many turns', ''],
  ])('comes to an end for %s', (name, text) => {
    const texts =
      name === 'many turns' ? Array.from({ length: 20_000 }, () => user('hi')) : [user(text)]
    expect(select(texts).length).toBeGreaterThan(0)
  })
})

describe('the choice of sections in full', () => {
  const both = [user('poison, hemlock, chainsaw')]
  const full = (settings: Partial<Bundle['selection']>) =>
    select(both, settings)
      .filter((section) => section.full)
      .map(({ section }) => section.id)

  it('honours the threshold', () => {
    expect(full({})).toEqual(['GRD', 'POI', 'SAW'])
    expect(full({ threshold: 0.99 })).toEqual(['GRD'])
  })

  it('honours the number of sections, the highest score first', () => {
    expect(full({ maxSections: 1 })).toEqual(['GRD', 'POI'])
    expect(full({ maxSections: 0 })).toEqual(['GRD'])
  })

  it('honours the tokens, and gives the room to what still fits', () => {
    const tokens = (id: string) =>
      index.sections.find(({ section }) => section.id === id)?.tokens ?? 0
    expect(tokens('SAW')).toBeLessThan(tokens('POI'))
    expect(full({ maxTokens: tokens('GRD') + tokens('SAW') })).toEqual(['GRD', 'SAW'])
  })

  it('adds the section that prevails over one that is shown', () => {
    expect(one('POI', [user('my chainsaw is loud')])).toMatchObject({
      full: true,
      reason: 'overrides SAW',
    })
    expect(one('POI', [user('my chainsaw is loud')], { maxSections: 1 })).toMatchObject({
      full: false,
    })
  })
})

describe('the selector', () => {
  it('answers each bundle from its own index', async () => {
    const other = await gardenBundle(altered('sections/POI.md', 'hemlock, make', 'yew, make'))
    const selector = createCachedSelector({ maxIndexes: 1 })
    const query = { texts: [user('yew tree')] }
    const fullIn = async (pinned: Bundle) => {
      const result = await selector.select(query, pinned, new AbortController().signal)
      if (!result.ok) throw new Error(result.failure.detail)
      return result.value.sections.some(({ section, full: shown }) => shown && section.id === 'POI')
    }
    expect([await fullIn(bundle), await fullIn(other), await fullIn(bundle)]).toEqual([
      false,
      true,
      false,
    ])
  })
  it.each([
    [20, true],
    [16, false],
  ])(
    'of at most %i indexes has that of the first of 20 bundles still: %s',
    async (maxIndexes, isKept) => {
      const selector = createCachedSelector({ maxIndexes })
      for (let number = 0; number < 20; number++) {
        selector.warm({ ...bundle, digest: String(number).padStart(64, '0') })
      }
      const first = {
        ...bundle,
        sections: structuredClone(bundle.sections),
        digest: '0'.repeat(64),
      }
      const query = { texts: [user('yew tree')] }
      const result = await selector.select(query, first, new AbortController().signal)
      if (!result.ok) throw new Error(result.failure.detail)
      expect(result.value.sections[0]?.section === bundle.sections[0]).toBe(isKept)
    },
  )

  it('warmed in turns lets others go first, and selects as one warmed at once', async () => {
    const [section] = bundle.sections
    if (!section) throw new Error('The garden has sections')
    const sections = Array.from({ length: 40 }, () => section)
    const large = { ...bundle, sections, digest: 'f'.repeat(64) }
    const selector = createCachedSelector()
    let isWarm = false
    const warming = selector.warmInTurns(large).then(() => {
      isWarm = true
    })
    await nextTurn()
    expect(isWarm).toBe(false)
    await warming
    const query = { texts: [user('yew tree')] }
    const { signal } = new AbortController()
    const atOnce = createCachedSelector()
    atOnce.warm(large)
    expect(await selector.select(query, large, signal)).toEqual(
      await atOnce.select(query, large, signal),
    )
  })
})
