import { describe, expect, it } from 'vitest'
import { altered, gardenFiles, parsePolicy } from '../garden.ts'

describe('a parsed policy', () => {
  const { policy, problems } = parsePolicy(gardenFiles)

  it('has no problem when it is well written', () => {
    expect(problems).toEqual([])
    expect(policy.sections.map((one) => one.section.id)).toEqual(['GRD', 'POI', 'SAW'])
    expect(policy.cases.map((one) => one.golden.id)).toEqual(['grd-1', 'poi-1', 'saw-1', 'none-1'])
  })

  it('fills in the defaults of settings', () => {
    expect(policy.settings).toMatchObject({
      mode: 'enforce',
      selection: { threshold: 0.3, maxSections: 4, maxTokens: 3000 },
      deliberation: { maxRedrafts: 1, hostedTools: [] },
      judge: {
        failAt: 'low',
        min: 4,
        samples: 1,
        channels: { answer: 'gate', reasoning: 'gate' },
        onFailure: 'block',
      },
      transcripts: { onFailure: 'spool' },
    })
  })

  it.each([
    ['{}', { percent: 100, shadow: false }],
    ['{ shadow: true }', { percent: 0, shadow: true }],
    ['{ percent: 5, shadow: true }', { percent: 5, shadow: true }],
    ['{ unit: user }', { percent: 100, shadow: false, unit: 'user' }],
    ['{ unit: auto }', { percent: 100, shadow: false }],
  ])('begins its rollout with everyone, unless it says otherwise: %s', (written, rollout) => {
    const files = altered('policy.yaml', 'title:', `rollout: ${written}\ntitle:`)
    expect(parsePolicy(files).policy.settings?.rollout).toEqual(rollout)
  })

  it('joins the continued lines of a clause and keeps its nested list', () => {
    const clauses = policy.sections.flatMap((one) => one.section.clauses)
    expect(clauses).toEqual([
      {
        id: 'GRD1',
        side: 'allowed',
        text: 'Help with planting, watering and pruning, whatever the season.',
      },
      { id: 'GRD2', side: 'disallowed', text: 'Do not invent the names of plants.' },
      {
        id: 'POI1',
        side: 'allowed',
        text: 'Say which plants are poisonous, and what to do after an accident:\n  - call for help\n  - keep the plant',
      },
      { id: 'POI2', side: 'disallowed', text: 'Do not give doses or preparations.' },
      {
        id: 'POI3',
        side: 'safe_completion',
        text: 'Where a pet is ill, name the nearest help first.',
      },
      { id: 'SAW1', side: 'allowed', text: 'Explain sharpening, oiling and storage.' },
      {
        id: 'SAW2',
        side: 'disallowed',
        text: 'Do not explain how to run a tool without its guard.',
      },
    ])
  })

  it('reads the style of a section that overrides the policy', () => {
    expect(policy.sections[1]?.section.style).toEqual({ refuse: 'Say no in one sentence.' })
  })
})

describe('a file that is not well written', () => {
  it.each([
    ['policy.yaml', 'title: A gard', 'titel: A gard', 2, 'Write the key title instead of titel'],
    [
      'policy.yaml',
      'id: garden',
      'id: Garden',
      1,
      'Correct id: write lower-case letters, digits and hyphens, here garden',
    ],
    [
      'policy.yaml',
      'owners: [Garden desk]',
      'owners: []',
      3,
      'Correct owners: write at least one, in brackets',
    ],
    [
      'policy.yaml',
      'owners: [Garden desk]',
      'owners: [a]\njudge: { channels: { answer: off } }',
      4,
      'Correct judge.channels.answer: write gate: the answer is always checked',
    ],
    [
      'policy.yaml',
      'title: A gardening assistant',
      'title: *anchor',
      2,
      'Put this text in quotes: * at its beginning has a meaning of its own',
    ],
    [
      'policy.yaml',
      'title: A gardening assistant',
      'title: a\ntitle: b',
      3,
      'Write each key once: title is there already',
    ],
    [
      'sections/SAW.md',
      'severity: medium',
      'severity: grave',
      5,
      'Correct severity: write one of low, medium, high, critical',
    ],
    [
      'sections/SAW.md',
      '  - chainsaw',
      '  - 1488',
      9,
      'Correct 1488 in triggers: write text, in quotes where it looks like a number, here "1488"',
    ],
    [
      'sections/SAW.md',
      'response: safe_complete',
      'response: safe_complete\nlocale: [en]',
      8,
      'Write the key locales instead of locale',
    ],
    [
      'sections/SAW.md',
      '---\nid: SAW',
      'id: SAW',
      1,
      'Begin the file with a line of ---, and the head below it; nothing stands above',
    ],
    [
      'sections/SAW.md',
      '## Rationale',
      '## Reasons',
      26,
      'Use a known heading instead of "## Reasons": ## Rationale',
    ],
    ['sections/SAW.md', '## Rationale', '## Allowed', 26, 'Merge the repeated heading: ## Allowed'],
    [
      'sections/SAW.md',
      '- **SAW1** Explain',
      '- Explain',
      20,
      'Begin each rule with its id in bold: - **ABC1** …',
    ],
    [
      'sections/SAW.md',
      '- **SAW2** Do not explain how to run a tool without its guard.',
      '- **SAW2**',
      24,
      'Write the rule after its id: SAW2',
    ],
    [
      'tests/cases.jsonl',
      '"lang": "en"}',
      '"lang": "en"',
      1,
      'Write one JSON object on each line, with one } more at its end',
    ],
    [
      'tests/cases.jsonl',
      '"expect": {"sections": ["SAW"]}',
      '"expects": {}',
      3,
      'Write the field expect instead of expects',
    ],
    ['style/refuse.md', 'Say no kindly.', ' ', 1, 'Write how to answer in this file'],
  ])('%s: %s -> %s is told with its line', (path, before, after, line, message) => {
    const { problems } = parsePolicy(altered(path, before, after))
    expect(problems.map(({ mended: _mended, ...told }) => told)).toContainEqual({
      severity: 'error',
      file: path,
      line,
      message,
    })
  })

  it('of more characters than settings have is told by its length alone', () => {
    const files = altered('policy.yaml', 'title:', `note: ${'x'.repeat(100_000)}\ntitle:`)
    const { problems } = parsePolicy(files)
    expect(problems).toEqual([
      {
        severity: 'error',
        file: 'policy.yaml',
        line: 1,
        message: expect.stringMatching(
          /^Shorten these settings: they may have 100000 characters, and have 10\d{4}$/,
        ),
      },
    ])
  })

  it('of thousands of keys is told by the first of them', () => {
    const keys = Array.from({ length: 9_000 }, (_, number) => `k${number}: 1`)
    const files = altered('policy.yaml', 'title:', `${keys.join('\n')}\ntitle:`)
    const { problems } = parsePolicy(files)
    expect(problems).toHaveLength(100)
    expect(problems[0]).toMatchObject({
      line: 2,
      message: 'Remove or rename the unknown key: k0',
    })
  })

  it('under an unknown name is an error, unless it explains the folder', () => {
    const files = [
      ...gardenFiles,
      { path: 'section/ABC.md', text: '' },
      { path: 'README.md', text: '' },
    ]
    const { problems } = parsePolicy(files)
    expect(problems.map((one) => `${one.severity} ${one.file}:${one.line}`)).toEqual([
      'error section/ABC.md:1',
    ])
  })
})
