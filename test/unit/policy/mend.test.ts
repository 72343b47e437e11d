/** Slips of people who write policies: one message each, in their words, and those that are safe to mend are mended. */
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../src/policy/bundle.ts'
import { mendPolicy } from '../../../src/policy/mend.ts'
import { filesOfNewPolicy } from '../../../src/policy/write/new-policy.ts'

const GOOD = filesOfNewPolicy({ id: 'shop', title: 'A shop', owners: ['Ann'] })
const MODE = 'mode: shadow'

/** A file, what stands there, and what somebody has written instead. */
const SLIPS: readonly (readonly [path: string, right: string, wrong: string])[] = [
  ['sections/PRM.md', '## Allowed', '## Allowed:'],
  ['sections/PRM.md', '## Allowed', '### Allowed'],
  ['sections/PRM.md', '## Allowed', '**Allowed**'],
  ['sections/PRM.md', '## Allowed', '## Alowed'],
  ['sections/PRM.md', '## Allowed', '## Erlaubt'],
  ['sections/PRM.md', '## Allowed', '##Allowed'],
  ['sections/PRM.md', '## Allowed', 'Allowed'],
  ['sections/PRM.md', '## Disallowed', '## Not allowed'],
  ['sections/PRM.md', 'id: PRM\n', ''],
  ['sections/PRM.md', 'id: PRM', 'id:PRM'],
  ['sections/PRM.md', 'id: PRM', 'id: prm'],
  ['sections/PRM.md', 'always: false', 'always: no'],
  ['sections/PRM.md', 'always: false', 'always: "false"'],
  ['sections/PRM.md', 'always: false', 'always: sometimes'],
  [
    'sections/PRM.md',
    'triggers: [refund, refunds, money back, discount, compensation, guarantee, warranty, cancel my contract]',
    'triggers: refund, money back',
  ],
  ['sections/PRM.md', 'triggers: [', 'triggers: [refund, , '],
  ['sections/PRM.md', ', cancel my contract]', ', cancel my contract'],
  ['sections/PRM.md', 'triggers: [refund,', 'trigers: [refund,'],
  ['sections/PRM.md', 'summary: Terms', 'summary: Short: Terms'],
  ['sections/PRM.md', 'summary: Terms', 'summary: #1 Terms'],
  ['sections/PRM.md', 'summary: Terms', 'summary: "Terms'],
  ['sections/PRM.md', 'summary: Terms', 'summary: @Terms'],
  ['sections/PRM.md', 'severity: high', 'severity: hi'],
  ['sections/PRM.md', 'severity: high', 'severity: severe'],
  ['sections/PRM.md', 'severity: high', 'severity: High'],
  ['sections/PRM.md', 'severity: high', 'severity: 3'],
  ['sections/PRM.md', 'severity: high', 'severity:'],
  ['sections/PRM.md', 'severity: high', 'severity = high'],
  ['sections/PRM.md', 'severity: high', '\tseverity: high'],
  ['sections/PRM.md', 'severity: high', 'severity: high\nseverity: low'],
  ['sections/PRM.md', 'locales: []\n---', 'locales: []'],
  ['sections/PRM.md', '---\nid', 'id'],
  ['sections/PRM.md', 'title: Promises', 'title: 2027'],
  ['sections/PRM.md', 'overrides: []', 'overrides: GEN'],
  ['sections/PRM.md', 'overrides: []', 'overrides: [QQQ]'],
  ['sections/PRM.md', '- **PRM3**', '• **PRM3**'],
  ['sections/PRM.md', '- **PRM3**', '**PRM3**'],
  ['sections/PRM.md', '- **PRM3**', '-**PRM3**'],
  ['sections/PRM.md', '- **PRM3**', '- PRM3'],
  ['sections/PRM.md', '- **PRM3**', '- **PRM3:**'],
  ['sections/PRM.md', '- **PRM3**', '- **PRM2**'],
  ['sections/PRM.md', '- **PRM3**', '- **GEN9**'],
  ['sections/PRM.md', '(PRM3)', '(PRM33)'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: PRM, GEN'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: [PRM]'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: [PRM, GEN, XYZ]'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'presedence: [PRM, GEN]'],
  ['policy.yaml', 'mode: shadow', 'mode: on'],
  ['policy.yaml', 'mode: shadow', 'mode: Shadow'],
  ['policy.yaml', 'required: 1', 'required: one'],
  ['policy.yaml', 'required: 1', 'required: two'],
  ['tests/PRM.jsonl', '"expect":', '"expects":'],
  ['tests/PRM.jsonl', '"id":"prm-1",', '"id":"prm-1"'],
  ['tests/PRM.jsonl', '{"id":"prm-1"', "{'id':'prm-1'"],
  ['tests/PRM.jsonl', '"id":"prm-1"', '“id”:“prm-1”'],
  ['tests/PRM.jsonl', '"comply"}}', '"comply"},}'],
  ['tests/PRM.jsonl', '"role":"user"', '"role":"customer"'],
  ['tests/PRM.jsonl', '"decision":"comply"', '"decision":"allow"'],
  ['tests/PRM.jsonl', '["PRM"]', '"PRM"'],
  ['tests/PRM.jsonl', '["PRM"]', '["PRN"]'],
  ['tests/PRM.jsonl', 'prm-2', 'prm-1'],
  ['policy.yaml', 'owners: ["Ann"]', 'owners: Ann'],
  ['policy.yaml', 'owners: ["Ann"]\n', ''],
  ['policy.yaml', MODE, `retention: 30\n${MODE}`],
  ['policy.yaml', MODE, `retention: { days: 30 days }\n${MODE}`],
  ['policy.yaml', MODE, `rollout: { percent: 5% }\n${MODE}`],
  ['policy.yaml', MODE, `judge: { min: high }\n${MODE}`],
  ['sections/PRM.md', 'id: PRM', 'id: PRN'],
  ['sections/PRM.md', 'id: PRM', ' id: PRM'],
  ['sections/PRM.md', 'id: PRM', 'id：PRM'],
  ['sections/PRM.md', 'title: Promises', 'name: Promises'],
  ['sections/PRM.md', 'title: Promises', "title: 'tis promised"],
  ['sections/PRM.md', 'severity: high', 'level: high'],
  ['sections/PRM.md', 'severity: high', '  severity: high'],
  ['sections/PRM.md', 'severity: high', 'severity: "high'],
  ['sections/PRM.md', 'severity: high', 'severity high'],
  ['sections/PRM.md', 'severity: high', 'severity:\u00a0high'],
  ['sections/PRM.md', 'severity: high', '- severity: high'],
  ['sections/PRM.md', 'severity: high', '"severity": "high",'],
  ['sections/PRM.md', 'triggers: [refund,', 'triggers: [refund, "gift'],
  ['sections/PRM.md', 'triggers: [refund,', 'triggers: [refund, 110, 112,'],
  ['sections/PRM.md', 'locales: []\n---', 'locales: []\n--'],
  ['sections/PRM.md', 'locales: []\n---', 'locales: []\n———'],
  ['sections/PRM.md', 'locales: []\n---', 'locales: []\n—'],
  ['sections/PRM.md', '---\nid', '———\nid'],
  ['sections/PRM.md', 'overrides: []', 'overrides: none'],
  ['sections/PRM.md', 'locales: []', 'locales: everywhere'],
  ['sections/PRM.md', '## Allowed\n', ''],
  ['sections/PRM.md', '## Allowed', '\t## Allowed'],
  ['sections/PRM.md', '## Allowed', '＃＃ Allowed'],
  ['sections/PRM.md', '## Disallowed', '## Prohibited'],
  ['sections/PRM.md', '## Disallowed', '## Disallowed things'],
  ['sections/PRM.md', '- **PRM2**', '- [ ] **PRM2**'],
  ['sections/PRM.md', '- **PRM2**', '- <b>PRM2</b>'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: [PRM, GEM]'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: [prm, gen]'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: [PRM GEN]'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'priority: [PRM, GEN]'],
  ['policy.yaml', 'precedence: [PRM, GEN]', 'precedence: []'],
  ['policy.yaml', MODE, `percent: 5\n${MODE}`],
  ['policy.yaml', MODE, `refusalRate: 0.2\n${MODE}`],
  ['policy.yaml', 'title: "A shop"', 'title: “Our: shop”'],
  ['tests/PRM.jsonl', '"id":"prm-1",', ''],
  ['tests/PRM.jsonl', '{"id":"prm-1",', '{\n"id":"prm-1",\n'],
  ['tests/PRM.jsonl', '{"id":"prm-1"', '# my cases\n# of refunds\n{"id":"prm-1"'],
  [
    'tests/PRM.jsonl',
    '"messages":[{"role":"user","content":"How',
    '"messages":[{"role":"user","content":"How "so"',
  ],
]

/** What libraries say, and what nobody says who does not program. */
const JARGON =
  /invalid|expected|received|zod|schema|parse|token(?!s at most)|implicit|mapping|scalar|boolean|array|null|undefined|enum|regex|YAML|front matter|\.[1-9]|[a-z]\.\d/

const filesWith = ([path, right, wrong]: (typeof SLIPS)[number]) =>
  GOOD.map((file) =>
    file.path === path ? { path, text: file.text.replace(right, () => wrong) } : file,
  )

const lineOf = (text: string, at: number) => text.slice(0, at).split('\n').length

describe('a slip', () => {
  it('is none in what a new policy begins with', async () => {
    expect((await compilePolicy(GOOD)).problems).toEqual([])
  })

  it.each(SLIPS)(
    'in %s, where %j is written as %j, makes one error in plain words',
    async (...slip) => {
      const [path, right, wrong] = slip
      const before = GOOD.find((file) => file.path === path)?.text ?? ''
      expect(before).toContain(right)
      const { problems } = await compilePolicy(filesWith(slip))
      expect(problems).toHaveLength(1)
      const [problem] = problems
      expect(problem).toMatchObject({ severity: 'error', file: path })
      const wanted = lineOf(before, before.indexOf(right))
      const lines = wrong.split('\n').length
      expect(problem?.line).toBeGreaterThanOrEqual(
        right.startsWith('owners') && wrong === ''
          ? 1
          : right.startsWith('---') || wrong === 'id'
            ? 1
            : wanted - 1,
      )
      expect(problem?.line).toBeLessThanOrEqual(wanted + lines + (/\[|"/.test(wrong) ? 6 : 1))
      expect(problem?.message).not.toMatch(JARGON)
    },
  )
})

describe('what is safe to mend', () => {
  const mended = async (slip: (typeof SLIPS)[number]) => mendPolicy(filesWith(slip))

  it('comes back as it was, and nothing else is touched', async () => {
    const back: string[] = []
    for (const slip of SLIPS) {
      const { files, mends, problems } = await mended(slip)
      if (mends.length === 0) {
        expect(files).toEqual(filesWith(slip))
        continue
      }
      expect(problems).toEqual([])
      const [{ file, line, before, after }] = mends as [(typeof mends)[number]]
      const given =
        filesWith(slip)
          .find(({ path }) => path === file)
          ?.text.split('\n') ?? []
      expect(given[line - 1]).toBe(before)
      expect(files.find(({ path }) => path === file)?.text).toBe(
        given.with(line - 1, after).join('\n'),
      )
      const digests = await Promise.all(
        [files, GOOD].map(async (one) => (await compilePolicy(one)).compiled?.bundle.digest),
      )
      if (digests[0] === digests[1]) back.push(slip[2])
    }
    expect(back).toEqual(
      expect.arrayContaining(
        [
          '## Allowed:',
          '### Allowed',
          '**Allowed**',
          '##Allowed',
          'id:PRM',
          'always: no',
          'severity: High',
          'severity = high',
          'overrides: GEN',
          '• **PRM3**',
          '**PRM3**',
          '-**PRM3**',
          '- PRM3',
          '- **PRM3:**',
          'precedence: PRM, GEN',
          'presedence: [PRM, GEN]',
        ].filter((one) => one !== 'overrides: GEN'),
      ),
    )
  })

  it('is nothing where no error is', async () => {
    const { files, mends } = await mendPolicy(GOOD)
    expect([files, mends]).toEqual([GOOD, []])
  })

  it('is each of several slips, and what a person must say is left', async () => {
    const text = (GOOD.find(({ path }) => path === 'sections/PRM.md')?.text ?? '')
      .replace('## Allowed', '## Allowed:')
      .replace('always: false', 'always: no')
      .replace('severity: high', 'severity: urgent')
    const files = GOOD.map((one) => (one.path === 'sections/PRM.md' ? { ...one, text } : one))
    const { mends, problems } = await mendPolicy(files)
    expect(mends.map(({ after }) => after)).toEqual(['always: false', '## Allowed'])
    expect(problems.map(({ message }) => message)).toEqual([
      'Correct severity: write one of low, medium, high, critical',
    ])
  })

  it('keeps the ends of lines as they are', async () => {
    const files = filesWith(['sections/PRM.md', '## Allowed', '## Allowed:']).map((one) => ({
      ...one,
      text: one.text.replaceAll('\n', '\r\n'),
    }))
    const { files: after } = await mendPolicy(files)
    expect(after.find(({ path }) => path === 'sections/PRM.md')?.text).toContain('## Allowed\r\n')
  })
})

const HEADINGS = ['Allowed', 'Disallowed', 'Safe completion', 'Rationale', 'Examples', 'Fallback']
const FORMS: readonly ((name: string) => string)[] = [
  (name) => `**${name}**`,
  (name) => `**${name}:**`,
  (name) => `##${name}`,
  (name) => `### ${name}`,
  (name) => `${name}:`,
  (name) => name,
]

describe('a heading in another form', () => {
  const section = GOOD.find(({ path }) => path === 'sections/PRM.md')?.text ?? ''
  const dense = section.replace(/\n\n/g, '\n')

  it.each(
    HEADINGS.flatMap((name) => FORMS.map((form) => form(name)).map((wrong) => [name, wrong])),
  )('%s as %j is told at its line, with and without empty lines, and mended', async (...slip) => {
    const [name = '', wrong = ''] = slip
    const right = `## ${name}`
    for (const text of [section, dense]) {
      const line = text.split('\n').indexOf(right) + 1
      const files = GOOD.map((one) =>
        one.path === 'sections/PRM.md' ? { ...one, text: text.replace(right, wrong) } : one,
      )
      const { problems } = await compilePolicy(files)
      expect(problems).toMatchObject([{ line, message: expect.stringContaining(`"${right}"`) }])
      const mended = await mendPolicy(files)
      expect(mended.files.find(({ path }) => path === 'sections/PRM.md')?.text).toBe(text)
    }
  })
})

describe('words that YAML takes for something else', () => {
  it.each([
    'Ask about order # 5 and what follows',
    '! Terms stand',
    '& co stand for us',
    '* all terms stand',
  ])('are told, never lost: %s', async (summary) => {
    const text = (GOOD.find(({ path }) => path === 'sections/PRM.md')?.text ?? '').replace(
      /^summary: .*$/m,
      () => `summary: ${summary}`,
    )
    const files = GOOD.map((one) => (one.path === 'sections/PRM.md' ? { ...one, text } : one))
    const { problems } = await compilePolicy(files)
    expect(problems).toMatchObject([{ line: 4, severity: 'error' }])
    expect(problems[0]?.message).not.toMatch(/anchor|alias/i)
    const { compiled } = await compilePolicy((await mendPolicy(files)).files)
    expect(compiled?.bundle.sections.find(({ id }) => id === 'PRM')?.summary).toBe(summary)
  })
})
