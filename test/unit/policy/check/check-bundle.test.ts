import { describe, expect, it } from 'vitest'
import type { JsonArray } from '../../../../src/lib/json.ts'
import { compilePolicy } from '../../../../src/policy/bundle.ts'
import { checkBundle } from '../../../../src/policy/check/check-bundle.ts'
import type { BundleContent, Section } from '../../../../src/policy/section.ts'
import { readFolder } from '../../../../src/policy/write/read-folder.node.ts'
import { contentOf, revise, testsOf } from '../../../fakes/revisions.ts'
import { GARDEN_FOLDER, gardenBundle } from '../garden.ts'

const garden = readFolder(GARDEN_FOLDER)
const tests = testsOf(garden) as JsonArray
const bundle = await gardenBundle()

const errorsOf = async (change: (content: BundleContent) => BundleContent, cases = tests) => {
  const { digest, ...altered } = await revise(bundle, change)
  const content = contentOf(altered) as unknown as BundleContent
  const { problems } = await checkBundle({ content, digest, tests: cases })
  return problems.filter(({ severity }) => severity === 'error')
}

const section = (id: string, change: (section: Section) => Partial<Section>) => {
  return (content: BundleContent): BundleContent => ({
    ...content,
    sections: content.sections.map((one) => (one.id === id ? { ...one, ...change(one) } : one)),
  })
}

describe('a bundle without its files', () => {
  it.each([GARDEN_FOLDER, 'policies/default', 'policies/agentic'])(
    'meets every rule that its folder meets, with the same warnings: %s',
    async (folder) => {
      const files = readFolder(folder)
      const { compiled, problems } = await compilePolicy(files)
      if (!compiled) throw new Error(JSON.stringify(problems))
      const check = await checkBundle({
        content: contentOf(compiled.bundle) as unknown as BundleContent,
        digest: compiled.bundle.digest,
        tests: testsOf(files) as JsonArray,
      })
      const told = (all: readonly { readonly file: string | null; readonly message: string }[]) =>
        all.map(({ file, message }) => `${file}: ${message}`).toSorted()
      expect(told(check.problems)).toEqual(told(problems))
    },
  )

  const cases: readonly (readonly [
    string,
    (content: BundleContent) => BundleContent,
    { readonly file: string | null; readonly pointer: string; readonly message: string },
  ])[] = [
    [
      'an override against precedence',
      section('GRD', () => ({ overrides: ['POI'] })),
      {
        file: 'sections/GRD.md',
        pointer: '/bundle/sections/0/overrides/0',
        message:
          'Place GRD before POI in precedence, or drop the override: they contradict each other',
      },
    ],
    [
      'a section that precedence leaves out',
      (content) => ({ ...content, precedence: ['POI', 'SAW'] }),
      {
        file: 'policy.yaml',
        pointer: '/bundle/precedence',
        message: 'Place the section in precedence: GRD',
      },
    ],
    [
      'precedence over what is no section',
      (content) => ({ ...content, precedence: ['POI', 'SAW', 'GRD', 'OLD'] }),
      {
        file: 'policy.yaml',
        pointer: '/bundle/precedence/3',
        message: 'Remove from precedence what is no section: OLD',
      },
    ],
    [
      'a setting out of range',
      (content) => ({ ...content, signatures: { required: 0, signers: [] } }),
      {
        file: 'policy.yaml',
        pointer: '/bundle/signatures',
        message: expect.stringContaining('signatures.required'),
      },
    ],
    [
      'a section without a fallback',
      section('SAW', () => ({ fallback: '' })),
      {
        file: 'sections/SAW.md',
        pointer: '/bundle/sections/2/id',
        message: 'Add ## Fallback: what is said when nothing better can be',
      },
    ],
    [
      'clauses that its text does not hold',
      section('SAW', ({ clauses }) => ({
        clauses: clauses.map((one) => ({ ...one, text: 'Anything goes.' })),
      })),
      {
        file: null,
        pointer: '/bundle',
        message: expect.stringMatching(/^Build the bundle with chambers policy build: /),
      },
    ],
    [
      'no style for a refusal',
      (content) => ({ ...content, style: { ...content.style, refuse: '' } }),
      {
        file: 'style/refuse.md',
        pointer: '/bundle/style/refuse',
        message: 'Write how to answer in this file',
      },
    ],
  ]

  it.each(cases)('is told of %s, with a pointer', async (_, change, problem) => {
    expect(await errorsOf(change)).toEqual([{ severity: 'error', ...problem }])
  })

  it('is told of a golden case that expects what is not there', async () => {
    const stray = {
      id: 'stray-1',
      messages: [{ role: 'user', content: 'Hello' }],
      expect: { clauses: ['SAW9'] },
    }
    expect(await errorsOf((content) => content, [...tests, stray])).toEqual([
      {
        severity: 'error',
        file: null,
        pointer: '/tests/4',
        message: 'Expect a clause that exists instead of SAW9',
      },
    ])
  })

  it('is told where an id stands that is there twice', async () => {
    const twice = await errorsOf((content) => content, [
      ...tests,
      ...tests.slice(1, 2),
    ] as JsonArray)
    expect(twice).toEqual([
      {
        severity: 'error',
        file: null,
        pointer: '/tests/4',
        message: 'Give this golden case an id of its own: poi-1 is taken at /tests/1',
      },
    ])
  })
})
