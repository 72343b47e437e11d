import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { nextTurn } from '../../../../src/lib/in-turns.ts'
import type { JsonArray, JsonObject } from '../../../../src/lib/json.ts'
import type { DecideCase, DecidedCase } from '../../../../src/policy/check/decided-case.ts'
import type { TestSettings } from '../../../../src/policy/section.ts'
import { goldenCaseSchema } from '../../../../src/policy/write/authored.ts'
import { runTests } from '../../../../src/revisions/control/run-tests.ts'
import { createSigner, revise, signedRevision, smallPolicy } from '../../../fakes/revisions.ts'
import { createTestControl } from '../control.ts'

const signer = await createSigner('ann')
const { bundle: builtIn, tests } = await smallPolicy()
const [first] = tests as readonly JsonObject[]

const SETTINGS: TestSettings = {
  model: 'judge-one',
  recall: 1,
  permit: 1,
  decisions: 0.8,
  sections: {},
}
const HELD: DecidedCase = { decision: 'comply', clauses: ['TEA1', 'TEA2'] }

type PushOptions = {
  readonly settings?: Partial<TestSettings>
  readonly cases?: JsonArray
  readonly timeout?: (ms: number) => AbortSignal
}

/** Pushes a revision whose decisions are made by a model that is given. */
async function push(
  decideCase: DecideCase | null,
  { settings = {}, cases = tests as JsonArray, timeout }: PushOptions = {},
) {
  const { control } = await createTestControl({
    database: openSqlite({ path: ':memory:' }),
    signers: [signer],
    builtIn: [builtIn],
    ...(decideCase && { decideCase }),
    ...(timeout && { timeout }),
  })
  const bundle = await revise(builtIn, (content) => ({
    ...content,
    tests: { ...SETTINGS, ...settings },
  }))
  const submission = await signedRevision({ signers: [signer], bundle, tests: cases, number: 1 })
  const pushed = await control.push('small', submission, 'admin:ann')
  const failure = pushed.ok || pushed.failure.reason !== 'rejected' ? null : pushed.failure
  return { pushed, problems: failure?.problems ?? [], digest: bundle.digest }
}

const casesOf = (count: number, expect: JsonObject = {}): JsonArray =>
  Array.from({ length: count }, (_, index) => ({
    ...first,
    id: `tea-${index + 1}`,
    expect: { sections: ['TEA'], decision: 'comply', ...expect },
  }))

describe('the decisions of golden cases', () => {
  it('are tried with the candidate and the model it names, and reported', async () => {
    const asked: string[] = []
    const { pushed, digest } = await push((golden, { bundle, model }) => {
      asked.push(`${golden.id} ${model} ${bundle.digest}`)
      return Promise.resolve(HELD)
    })
    expect(asked).toEqual([`tea-1 judge-one ${digest}`])
    expect(pushed).toMatchObject({
      ok: true,
      value: {
        report: {
          decisions: {
            model: 'judge-one',
            cases: [
              {
                id: 'tea-1',
                outcome: 'passed',
                expected: { decision: 'comply', clauses: ['TEA1'] },
                got: { decision: 'comply', clauses: ['TEA1', 'TEA2'] },
              },
            ],
          },
        },
      },
    })
  })

  const wrong: readonly (readonly [string, DecidedCase | null, string])[] = [
    [
      'decided otherwise',
      { decision: 'refuse', clauses: ['TEA1'] },
      'tea-1 was decided refuse, citing TEA1',
    ],
    [
      'decided without the clause',
      { decision: 'comply', clauses: [] },
      'tea-1 was decided comply, citing no clause',
    ],
    ['not judged', null, 'tea-1 could not be judged'],
    [
      'without a declared decision',
      { decision: null, clauses: ['TEA1'] },
      'tea-1 could not be judged',
    ],
  ]

  it.each(wrong)('bar a revision where one is %s', async (_, decided, message) => {
    const { problems } = await push(() => Promise.resolve(decided))
    expect(problems).toEqual([
      {
        code: 'decision_failed',
        message: `Make the policy decide as the case expects, or correct the case: ${message} (decisions of TEA: 0 of 1, wants 0.8)`,
        pointer: '/tests/0',
      },
    ])
  })

  it.each([
    ['four of five hold', 4, {}, true],
    ['three of five hold', 3, {}, false],
    [
      'three of five hold, and the section asks for no more',
      3,
      { sections: { TEA: { decisions: 0.6 } } },
      true,
    ],
    [
      'four of five hold, and the section asks for all',
      4,
      { sections: { TEA: { decisions: 1 } } },
      false,
    ],
  ])('count by section: %s', async (_, held, settings, isAdmitted) => {
    const decide: DecideCase = ({ id }) =>
      Promise.resolve(Number(id.slice(4)) <= held ? HELD : { ...HELD, decision: 'refuse' })
    const { pushed, problems } = await push(decide, { settings, cases: casesOf(5) })
    expect([pushed.ok, problems.length]).toEqual([isAdmitted, isAdmitted ? 0 : 5 - held])
  })

  it('of cases without a section count together', async () => {
    const harmless = { id: 'x-1', messages: [{ role: 'user', content: 'Hello' }] }
    const cases = [...(tests as JsonArray), { ...harmless, expect: { decision: 'comply' } }]
    const decide: DecideCase = ({ id }) =>
      Promise.resolve(id === 'x-1' ? { decision: 'refuse', clauses: [] } : HELD)
    const { problems } = await push(decide, { cases })
    expect(problems).toEqual([
      {
        code: 'decision_failed',
        message:
          'Make the policy decide as the case expects, or correct the case: x-1 was decided refuse, citing no clause (decisions of cases without a section: 0 of 1, wants 0.8)',
        pointer: '/tests/1',
      },
    ])
  })

  it('are made eight at once at most', async () => {
    let running = 0
    let most = 0
    const { pushed } = await push(
      async () => {
        most = Math.max(most, ++running)
        await Promise.resolve()
        running--
        return HELD
      },
      { cases: casesOf(30) },
    )
    expect([pushed.ok, most, running]).toEqual([true, 8, 0])
  })

  it('end at the bound, and what was not decided by then did not hold', async () => {
    const bound = new AbortController()
    let asked = 0
    const { problems } = await push(
      (_, { signal }) => {
        if (++asked === 10) bound.abort({ by: 'deadline' })
        return Promise.resolve(signal.aborted ? null : HELD)
      },
      {
        cases: casesOf(30),
        timeout(ms) {
          expect(ms).toBe(600_000)
          return bound.signal
        },
      },
    )
    expect(asked).toBeLessThan(18)
    expect(problems.length).toBeGreaterThanOrEqual(13)
    expect(problems.at(-1)?.message).toContain('tea-30 could not be judged')
  })

  it('are not asked for where selection fails already', async () => {
    const cases = casesOf(2).map((one, index) => ({
      ...(one as JsonObject),
      ...(index === 1 && { messages: [{ role: 'user', content: 'Hello' }] }),
    }))
    const { problems } = await push(() => Promise.reject(new Error('Nobody is to be asked')), {
      cases,
    })
    expect(problems).toMatchObject([{ code: 'test_failed', pointer: '/tests/1' }])
  })

  it('are skipped with a word where no model server is configured', async () => {
    const { pushed } = await push(null)
    expect(pushed.ok && pushed.value.report).toMatchObject({
      decisions: null,
      warnings: [
        expect.stringContaining('supersedes'),
        'Configure a model server to try 1 golden cases that expect a decision: they were skipped',
      ],
    })
  })

  it('are skipped with a word where the policy names no model', async () => {
    const { control } = await createTestControl({
      database: openSqlite({ path: ':memory:' }),
      signers: [signer],
      builtIn: [builtIn],
      decideCase: () => Promise.reject(new Error('Nobody is to be asked')),
    })
    const submission = await signedRevision({
      signers: [signer],
      bundle: builtIn,
      tests,
      number: 1,
    })
    const report = await control.check('small', submission)
    expect(report.warnings).toEqual([
      {
        code: 'decisions_skipped',
        message:
          'Name a model under tests.model in policy.yaml to try 1 golden cases that expect a decision: they were skipped',
      },
    ])
  })
})

describe('many golden cases', () => {
  it("leave others' requests their turn", async () => {
    const { bundle } = await smallPolicy()
    const place = { file: 'tests', line: 1 }
    const one = { golden: goldenCaseSchema.parse(first), source: first ?? {}, place }
    let turns = 0
    let isOver = false
    const others = (async () => {
      for (; !isOver; turns++) await nextTurn()
    })()
    const { report } = await runTests({ bundle, cases: Array(80).fill(one) }, { decideCase: null })
    isOver = true
    await others
    expect(report.selection.cases).toHaveLength(80)
    expect(turns).toBeGreaterThanOrEqual(10)
  })
})
