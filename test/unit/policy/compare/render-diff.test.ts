import { describe, expect, it } from 'vitest'
import { comparePolicies } from '../../../../src/policy/compare/compare.ts'
import { type Marks, renderDiff } from '../../../../src/policy/compare/render-diff.ts'
import { wordChanges } from '../../../../src/policy/compare/word-changes.ts'
import type { Bundle } from '../../../../src/policy/section.ts'
import { printable } from '../../../../src/text/printable.ts'
import { altered, gardenBundle } from '../garden.ts'

const bundle = await gardenBundle()

function told(from: string, to: string): string {
  const signs = { same: '', removed: '-', added: '+' }
  return wordChanges(from, to)
    .map(({ kind, text }) => (kind === 'same' ? text : `[${signs[kind]}${text}]`))
    .join('')
}

describe('the words of a change', () => {
  it.each([
    ['Explain it.', 'Explain it.', 'Explain it.'],
    ['', 'Explain it.', '[+Explain it.]'],
    ['Explain it.', '', '[-Explain it.]'],
    ['Explain sharpening only.', 'Explain honing only.', 'Explain [-sharpening][+honing] only.'],
    [
      'Oil it and store it.',
      'Oil it, clean it and store it.',
      'Oil it[+,] [+clean it ]and store it.',
    ],
    ['Name no dealers.', 'Name all makers.', 'Name [-no dealers][+all makers].'],
    ['不要说明毒药。', '不要说明草药。', '不要说明[-毒][+草]药。'],
    ['a\nb', 'a\nc', 'a\n[-b][+c]'],
  ])('from %j to %j', (from, to, marked) => {
    expect(told(from, to)).toBe(marked)
  })

  it('give back both texts, whatever they are', () => {
    const words = ['a', 'b', ' ', '.', '毒', '\n', 'long-word', '  ']
    for (let seed = 1; seed < 300; seed++) {
      const text = (step: number) =>
        Array.from(
          { length: seed % 23 },
          (_, at) => words[(seed * step + at * at * step) % 8],
        ).join('')
      const [from, to] = [text(3), text(7)]
      const runs = wordChanges(from, to)
      const without = (kind: string) =>
        runs
          .filter((run) => run.kind !== kind)
          .map((run) => run.text)
          .join('')
      expect([without('added'), without('removed')]).toEqual([from, to])
    }
  })

  it('of texts too long to align are told as two wholes', () => {
    const [from, to] = ['old '.repeat(2000), 'new '.repeat(2000)]
    expect(wordChanges(from, to)).toEqual([
      { kind: 'removed', text: from },
      { kind: 'added', text: to },
    ])
  })
})

describe('a comparison as text', () => {
  it('marks the words of a clause, with the digests of both bundles', async () => {
    const to = await gardenBundle(altered('sections/SAW.md', 'sharpening', 'honing'))
    expect(renderDiff(comparePolicies(bundle, { ...to, revision: 4 }))).toBe(
      `garden@${bundle.digest.slice(0, 12)} → garden@${to.digest.slice(0, 12)} (revision 4)

SAW Chainsaws and sharp tools
  SAW1 (changed, allowed):
      Explain [-sharpening-]{+honing+}, oiling and storage.
`,
    )
  })

  it('says so when both say the same', () => {
    expect(renderDiff(comparePolicies(bundle, bundle))).toContain('\nBoth say the same\n')
  })

  it('tells settings, moves, sides, triggers and styles', () => {
    const to: Bundle = {
      ...bundle,
      mode: 'shadow',
      rollout: { percent: 5, shadow: true },
      precedence: ['SAW', 'POI', 'GRD'],
      style: { ...bundle.style, refuse: 'Say no.' },
      sections: bundle.sections.map((section) => ({
        ...section,
        triggers: section.triggers.map((trigger) => (trigger === 'chainsaw' ? 'saw' : trigger)),
        clauses: section.clauses.map((clause) =>
          clause.id === 'SAW1' ? { ...clause, side: 'safe_completion' as const } : clause,
        ),
      })),
    }
    const text = renderDiff(comparePolicies({ ...bundle, precedence: ['POI', 'GRD', 'SAW'] }, to))
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        '  mode: [-enforce-] {+shadow+}',
        '  rollout.percent: {+5+}',
        '  SAW: 3 → 1, now prevails over POI, GRD',
        '  SAW1 (moved from allowed to safe completion):',
        '  triggers: [-"chainsaw"-]',
        '  triggers: {+"saw"+}',
        'Styles',
      ]),
    )
  })

  it('takes its colours from the caller', async () => {
    const to = await gardenBundle(altered('sections/SAW.md', 'sharpening', 'honing'))
    const marks: Marks = {
      removed: (text) => `<r>${text}</r>`,
      added: (text) => `<a>${text}</a>`,
      heading: (text) => `<h>${text}</h>`,
    }
    const text = renderDiff(comparePolicies(bundle, to), marks)
    expect(text).toContain('Explain <r>sharpening</r><a>honing</a>, oiling')
    expect(text).toContain('<h>SAW Chainsaws and sharp tools</h>')
  })

  it('never steers the terminal', async () => {
    const to = await gardenBundle(altered('sections/SAW.md', 'sharpening', '\u001b[2Jhoning\u202e'))
    const text = renderDiff(comparePolicies(bundle, to))
    expect([text.includes('\u001b'), text.includes('\u202e')]).toEqual([false, false])
    expect(text).toContain('\uFFFD[2Jhoning\uFFFD')
    expect(printable('a\tb\nc\r\u009b')).toBe('a\tb\nc\uFFFD\uFFFD')
  })
})
