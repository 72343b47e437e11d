import { describe, expect, it } from 'vitest'
import { atOnce } from '../../../../src/lib/in-turns.ts'
import type { PolicyDiff } from '../../../../src/policy/compare/compare.ts'
import { comparePolicies } from '../../../../src/policy/compare/compare.ts'
import { precedenceInSteps } from '../../../../src/policy/compare/precedence-moves.ts'
import type { Bundle, Section } from '../../../../src/policy/section.ts'
import { altered, gardenBundle, gardenFiles } from '../garden.ts'

const bundle = await gardenBundle()

const NOTHING = { settings: [], precedence: [], sections: [], styles: [] }
const NO_TRIGGERS = { added: [], removed: [], reordered: false }

function withSection(id: string, change: (section: Section) => Section): Bundle {
  return {
    ...bundle,
    digest: 'a'.repeat(64),
    sections: bundle.sections.map((one) => (one.id === id ? change(one) : one)),
  }
}

function of(to: Bundle, from: Bundle = bundle): Omit<PolicyDiff, 'from' | 'to'> {
  const { from: _from, to: _to, ...rest } = comparePolicies(from, to)
  return rest
}

const SAW = { id: 'SAW', title: 'Chainsaws and sharp tools', change: 'changed' }

describe('two bundles', () => {
  it('with the same content differ in nothing, whatever their revisions', () => {
    expect(comparePolicies(bundle, { ...bundle, revision: 7 })).toEqual({
      from: { id: 'garden', digest: bundle.digest, revision: 0 },
      to: { id: 'garden', digest: bundle.digest, revision: 7 },
      same: true,
      ...NOTHING,
    })
  })

  it('are compared the same way each time', async () => {
    const other = await gardenBundle(altered('sections/SAW.md', 'sharpening', 'honing'))
    expect(JSON.stringify(comparePolicies(bundle, other))).toBe(
      JSON.stringify(comparePolicies(structuredClone(bundle), structuredClone(other))),
    )
  })

  it('tell a setting by its path, and one that was added or left out by null', () => {
    const to: Bundle = {
      ...bundle,
      mode: 'shadow',
      owners: ['a', 'b'],
      judge: { ...bundle.judge, min: 6 },
      rollout: { percent: 5, shadow: true },
    }
    expect(of(to)).toEqual({
      same: false,
      ...NOTHING,
      settings: [
        { path: 'judge.min', from: 4, to: 6 },
        { path: 'mode', from: 'enforce', to: 'shadow' },
        { path: 'owners', from: bundle.owners, to: ['a', 'b'] },
        { path: 'rollout.percent', from: null, to: 5 },
        { path: 'rollout.shadow', from: null, to: true },
      ],
    })
    expect(of(bundle, to).settings.at(-1)).toEqual({ path: 'rollout.shadow', from: true, to: null })
  })

  it('tell a style of the policy by its decision', () => {
    const to = { ...bundle, style: { ...bundle.style, refuse: 'Say no.' } }
    const styles = [{ path: 'refuse', from: bundle.style.refuse, to: 'Say no.' }]
    expect(of(to)).toEqual({ same: false, ...NOTHING, styles })
  })
})

describe('a clause', () => {
  const before = { side: 'allowed', text: 'Explain sharpening, oiling and storage.' }

  it('that is reworded comes with both texts, and its heading is not told beside it', async () => {
    const to = await gardenBundle(altered('sections/SAW.md', 'sharpening', 'honing'))
    const after = { side: 'allowed', text: 'Explain honing, oiling and storage.' }
    const clauses = [{ id: 'SAW1', change: 'changed', from: before, to: after }]
    expect(of(to)).toEqual({
      same: false,
      ...NOTHING,
      sections: [{ ...SAW, fields: [], clauses, triggers: NO_TRIGGERS }],
    })
  })

  it('that is added or removed comes with its text', async () => {
    const rule = '- **SAW10** Name dealers.\n'
    const to = await gardenBundle(
      altered(
        'sections/SAW.md',
        '\n## Disallowed',
        `${rule}- **SAW3** Name makers.\n\n## Disallowed`,
      ),
    )
    const added = { side: 'allowed', text: 'Name makers.' }
    const far = { side: 'allowed', text: 'Name dealers.' }
    expect(of(to).sections[0]?.clauses).toEqual([
      { id: 'SAW3', change: 'added', from: null, to: added },
      { id: 'SAW10', change: 'added', from: null, to: far },
    ])
    expect(of(bundle, to).sections[0]?.clauses).toEqual([
      { id: 'SAW3', change: 'removed', from: added, to: null },
      { id: 'SAW10', change: 'removed', from: far, to: null },
    ])
  })

  it('that crosses the line is told as moved', () => {
    const to = withSection('SAW', (section) => ({
      ...section,
      clauses: section.clauses.map((clause) =>
        clause.id === 'SAW1' ? { ...clause, side: 'disallowed' as const } : clause,
      ),
    }))
    expect(of(to).sections[0]?.clauses).toEqual([
      { id: 'SAW1', change: 'moved', from: before, to: { ...before, side: 'disallowed' } },
    ])
  })

  it('that only changes places with another is told by the order of both', async () => {
    const two = (first: string, second: string) =>
      gardenBundle(
        altered('sections/SAW.md', '\n## Disallowed', `${first}${second}\n## Disallowed`),
      )
    const [a, b] = ['- **SAW3** Name makers.\n', '- **SAW4** Name dealers.\n']
    const diff = of(await two(b, a), await two(a, b))
    expect(diff.sections).toEqual([
      {
        ...SAW,
        fields: [
          {
            path: 'clauseOrder',
            from: ['SAW1', 'SAW3', 'SAW4', 'SAW2'],
            to: ['SAW1', 'SAW4', 'SAW3', 'SAW2'],
          },
        ],
        clauses: [],
        triggers: NO_TRIGGERS,
      },
    ])
  })
})

describe('a section', () => {
  it.each([
    ['summary', altered('sections/SAW.md', 'Explain safe use', 'Explain the safe use')],
    ['severity', altered('sections/SAW.md', 'severity: medium', 'severity: high')],
    ['response', altered('sections/SAW.md', 'response: safe_complete', 'response: refuse')],
    ['definitions', altered('sections/SAW.md', 'keeps hands away', 'keeps fingers away')],
    ['rationale', altered('sections/SAW.md', 'one bad second', 'one bad moment')],
    ['examples', altered('sections/SAW.md', 'a jammed guard', 'a stuck guard')],
    ['fallback', altered('sections/SAW.md', 'make it safe', 'make it safer')],
    ['allowed', altered('sections/SAW.md', '## Allowed\n', '## Allowed\n\nIn every season.\n')],
    [
      'style.refuse',
      altered('sections/SAW.md', '## Fallback', '## Style: refuse\n\nBe brief.\n\n## Fallback'),
    ],
  ])('tells its %s, and nothing else', async (path, files) => {
    const diff = of(await gardenBundle(files))
    expect(diff).toMatchObject({ ...NOTHING, sections: [{ ...SAW, clauses: [] }] })
    expect(diff.sections[0]?.fields.map((field) => field.path)).toEqual([path])
  })

  it('tells the triggers that came and went', async () => {
    const diff = of(await gardenBundle(altered('sections/SAW.md', '- chainsaw', '- hedge trimmer')))
    expect(diff.sections[0]?.triggers).toEqual({
      added: ['hedge trimmer'],
      removed: ['chainsaw'],
      reordered: false,
    })
  })

  it('tells triggers that stand in another order, and a layout that is new', () => {
    const turned = withSection('SAW', (one) => ({ ...one, triggers: one.triggers.toReversed() }))
    expect(of(turned).sections).toEqual([
      { ...SAW, fields: [], clauses: [], triggers: { added: [], removed: [], reordered: true } },
    ])
    const numbered = withSection('SAW', (one) => ({
      ...one,
      allowed: one.allowed.replace('- **SAW1**', '1. **SAW1**'),
    }))
    expect(of(numbered).sections[0]?.fields.map(({ path }) => path)).toEqual(['allowed'])
  })

  it('that is new or gone comes with all it says', () => {
    const less = {
      ...bundle,
      precedence: bundle.precedence.filter((id) => id !== 'SAW'),
      sections: bundle.sections.filter(({ id }) => id !== 'SAW'),
    }
    const added = of(bundle, less)
    expect(added.precedence).toEqual([
      {
        section: 'SAW',
        from: null,
        to: bundle.precedence.indexOf('SAW') + 1,
        gained: [],
        lost: [],
      },
    ])
    const [section] = added.sections
    expect(section).toMatchObject({ ...SAW, change: 'added' })
    expect(section?.clauses.map(({ id, change }) => [id, change])).toEqual([
      ['SAW1', 'added'],
      ['SAW2', 'added'],
    ])
    expect(section?.fields).toContainEqual({ path: 'severity', from: null, to: 'medium' })
    expect(section?.fields.map(({ path }) => path)).not.toContain('safeCompletion')
    const [removed] = of(less).sections
    expect(removed).toMatchObject({ ...SAW, change: 'removed' })
    expect(removed?.clauses.map(({ change }) => change)).toEqual(['removed', 'removed'])
  })
})

describe('a comparison', () => {
  it('is empty exactly where the digests agree, whatever single file has changed', async () => {
    for (const file of gardenFiles.filter(({ path }) => path.endsWith('.md'))) {
      const words = file.text.matchAll(/(?<=\s)[a-z]{4,}(?=[ .,\n])/g)
      for (const [word] of [...words].slice(0, 40)) {
        const to = await gardenBundle(altered(file.path, word, `${word}x`)).catch(() => null)
        if (to)
          expect([file.path, word, comparePolicies(bundle, to).same]).toEqual([
            file.path,
            word,
            to.digest === bundle.digest,
          ])
      }
    }
  })
})

describe('the precedence', () => {
  it.each([
    ['A B C D', 'A B C D', []],
    ['A B C D', 'D A B C', [['D', 4, 1, 'A B C', '']]],
    ['A B C D', 'B C D A', [['A', 1, 4, '', 'B C D']]],
    ['A B C', 'A X B C', [['X', null, 2, '', '']]],
    ['A X B C', 'A B C', [['X', 2, null, '', '']]],
    ['A B', 'B A', [['A', 1, 2, '', 'B']]],
    [
      'A B C D E',
      'A D C B E',
      [
        ['C', 3, 3, 'B', 'D'],
        ['B', 2, 4, '', 'D C'],
      ],
    ],
  ])('from %s to %s is told in the fewest moves', (from, to, moves) => {
    const told = atOnce(precedenceInSteps(from.split(' '), to.split(' ')))
    expect(
      told.map((one) => [one.section, one.from, one.to, one.gained.join(' '), one.lost.join(' ')]),
    ).toEqual(moves)
  })
})
