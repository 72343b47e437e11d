import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../../src/policy/bundle.ts'
import type { PolicyFile } from '../../../../src/policy/write/problem.ts'
import { altered, gardenFiles, without } from '../garden.ts'

async function problemsOf(files: readonly PolicyFile[]) {
  const { compiled, problems } = await compilePolicy(files)
  const told = problems.map((one) => `${one.file}:${one.line} ${one.severity}: ${one.message}`)
  return { compiled, told }
}

const PRECEDENCE = 'precedence: [POI, SAW, GRD]'

describe('a check', () => {
  it('passes a policy that is well written', async () => {
    const { compiled, told } = await problemsOf(gardenFiles)
    expect(told).toEqual([])
    expect(compiled?.bundle.id).toBe('garden')
  })

  it.each<[string, readonly PolicyFile[], string]>([
    [
      'a section left out of precedence',
      altered('policy.yaml', PRECEDENCE, 'precedence: [POI, SAW]'),
      'policy.yaml:4 error: Place the section in precedence: GRD',
    ],
    [
      'a section twice in precedence',
      altered('policy.yaml', PRECEDENCE, 'precedence: [POI, SAW, GRD, POI]'),
      'policy.yaml:4 error: List the section once in precedence: POI',
    ],
    [
      'an unknown section in precedence',
      altered('policy.yaml', PRECEDENCE, 'precedence:\n  - POI\n  - SAW\n  - GRD\n  - XYZ'),
      'policy.yaml:8 error: Remove from precedence what is no section: XYZ',
    ],
    [
      'an override against precedence',
      altered('policy.yaml', PRECEDENCE, 'precedence: [SAW, POI, GRD]'),
      'sections/POI.md:9 error: Place POI before SAW in precedence, or drop the override: they contradict each other',
    ],
    [
      'an override of nothing',
      altered('sections/POI.md', 'overrides: [SAW]', 'overrides: [XYZ]'),
      'sections/POI.md:9 error: Remove from overrides what is no section: XYZ',
    ],
    [
      'an override of itself',
      altered('sections/POI.md', 'overrides: [SAW]', 'overrides: [POI]'),
      'sections/POI.md:9 error: Remove the section from its own overrides: POI',
    ],
    [
      'a cycle of overrides',
      altered(
        'sections/SAW.md',
        'response: safe_complete',
        'response: safe_complete\noverrides: [POI]',
      ),
      'sections/SAW.md:8 error: Break the cycle of overrides that leads from SAW back to itself',
    ],
    [
      'a duplicate section id',
      [
        ...gardenFiles,
        {
          path: 'sections/TWO.md',
          text: gardenFiles.find((one) => one.path === 'sections/SAW.md')?.text ?? '',
        },
      ],
      'sections/TWO.md:2 error: Give this section an id of its own: SAW is taken at sections/SAW.md:2',
    ],
    [
      'a duplicate clause id',
      altered('sections/SAW.md', '**SAW2**', '**SAW1**'),
      'sections/SAW.md:24 error: Give this clause an id of its own: SAW1 is taken at sections/SAW.md:20',
    ],
    [
      'a duplicate case id',
      altered('tests/cases.jsonl', '"saw-1"', '"poi-1"'),
      'tests/cases.jsonl:3 error: Give this golden case an id of its own: poi-1 is taken at tests/cases.jsonl:2',
    ],
    [
      'a clause of another section',
      altered('sections/SAW.md', '**SAW2**', '**CUT2**'),
      'sections/SAW.md:24 error: Name the clause by its section and a number, like SAW1: CUT2',
    ],
    [
      'a missing section id',
      altered('sections/SAW.md', 'id: SAW\n', ''),
      'sections/SAW.md:2 error: Add the key id, as in "id: GAM"',
    ],
    [
      'no side that is allowed',
      altered('sections/SAW.md', '- **SAW1** Explain sharpening, oiling and storage.\n', ''),
      'sections/SAW.md:18 error: Draw both sides of the line: add a rule (- **SAW1** …) under ## Allowed',
    ],
    [
      'no side that is disallowed',
      altered('sections/GRD.md', '- **GRD2** Do not invent the names of plants.\n', ''),
      'sections/GRD.md:20 error: Draw both sides of the line: add a rule (- **GRD1** …) under ## Disallowed',
    ],
    [
      'no fallback',
      altered('sections/GRD.md', "## Fallback\n\nI can't help with that part of the garden.\n", ''),
      'sections/GRD.md:2 error: Add ## Fallback: what is said when nothing better can be',
    ],
    [
      'a mention of no clause',
      altered('sections/SAW.md', '(SAW2)', '(SAW9)'),
      'sections/SAW.md:32 error: Name a clause that exists instead of SAW9',
    ],
    [
      'a section without a golden case',
      altered('tests/cases.jsonl', '["SAW"]', '["POI"]'),
      'sections/SAW.md:2 error: Add a golden case to tests/*.jsonl that expects this section: SAW',
    ],
    [
      'a case for an unknown section',
      altered('tests/cases.jsonl', '["SAW"]', '["SAW", "XYZ"]'),
      'tests/cases.jsonl:3 error: Expect a section that exists instead of XYZ',
    ],
    [
      'a case for an unknown clause',
      altered('tests/cases.jsonl', '["GRD1"]', '["GRD7"]'),
      'tests/cases.jsonl:1 error: Expect a clause that exists instead of GRD7',
    ],
    [
      'a case that expects nothing',
      altered('tests/cases.jsonl', '"expect": {"sections": []}', '"expect": {}'),
      'tests/cases.jsonl:4 error: Expect something: sections, decision or clauses',
    ],
    [
      'a section too long to be ever shown',
      altered('policy.yaml', PRECEDENCE, `${PRECEDENCE}\nselection: { maxTokens: 20 }`),
      'policy.yaml:5 error: Raise selection.maxTokens (20): 2 sections could never be shown in full, with about 125 tokens at most',
    ],
    [
      'no style',
      without('style/comply.md'),
      'style/comply.md:1 error: Write how to answer in this file',
    ],
    [
      'no settings',
      without('policy.yaml'),
      'policy.yaml:1 error: Add policy.yaml with id, title, owners and precedence',
    ],
  ])('rejects %s', async (_, files, message) => {
    const { compiled, told } = await problemsOf(files)
    expect(told).toContain(message)
    expect(compiled).toBeNull()
  })

  it.each<[string, readonly PolicyFile[], string]>([
    [
      'a weasel word in a rule',
      altered('sections/SAW.md', 'Explain sharpening', 'Usually explain sharpening'),
      'sections/SAW.md:20 warning: Say exactly when, instead of "Usually"',
    ],
    [
      'a long section',
      altered(
        'sections/SAW.md',
        'A guard is there',
        `${'Words that fill many a line. '.repeat(120)}A guard is there`,
      ),
      'sections/SAW.md:2 warning: Split or shorten the section: about 937 tokens, 600 at most',
    ],
    [
      'summaries that look alike',
      altered(
        'sections/SAW.md',
        'Explain safe use of sharp tools and their upkeep; leave out tricks that switch a guard off.',
        'Help with every question about plants, soil and sharp tools.',
      ),
      'sections/SAW.md:4 warning: Tell the summary apart from that of GRD: they are nearly the same',
    ],
    [
      'words of being watched',
      altered('sections/SAW.md', 'A guard is there', 'You are being monitored: a guard is there'),
      'sections/SAW.md:28 warning: Find another word for "monitored": models that read of being watched learn to hide',
    ],
    [
      'no rationale',
      altered('sections/SAW.md', '## Rationale\n\nA guard is there for the one bad second.\n', ''),
      'sections/SAW.md:2 warning: Add ## Rationale: a rule that explains itself is followed in cases it does not name',
    ],
    [
      'a file under another name',
      gardenFiles.map((one) =>
        one.path === 'sections/SAW.md' ? { ...one, path: 'sections/tools.md' } : one,
      ),
      'sections/tools.md:2 warning: Name the file by its section: SAW.md',
    ],
  ])('warns of %s and compiles all the same', async (_, files, message) => {
    const { compiled, told } = await problemsOf(files)
    expect(told).toEqual([message])
    expect(compiled).not.toBeNull()
  })

  it('does not take a vague word amiss outside the rules', async () => {
    const { told } = await problemsOf(
      altered('sections/SAW.md', 'A guard is there', 'A guard is usually there'),
    )
    expect(told).toEqual([])
  })

  it('tells one fault once, though others lean on the file', async () => {
    const { told } = await problemsOf(altered('sections/SAW.md', 'severity: medium\n', ''))
    expect(told.filter((one) => one.includes('error'))).toEqual([
      'sections/SAW.md:2 error: Add the key severity, as in "severity: medium"',
    ])
  })
})
