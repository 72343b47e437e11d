import { describe, expect, it } from 'vitest'
import { createEvaluationIndex } from '../../../../src/harvest/stages/evaluation-index.ts'
import type { Transcript } from '../../../../src/transcript/record/record.ts'
import { harvest, type Planted, plant, wordsOfNumber } from './plant.ts'

const BENCHMARK = `Consider the following: ${wordsOfNumber(5000, 20)}`

/** What is planted, the number of it, and why it goes out. */
const FAULTS: readonly (readonly [
  reason: string,
  count: number,
  of: (number: number) => Planted,
])[] = [
  ['reasoning_missing', 3, () => ({ reasoning: ' ' })],
  [
    'reasoning_boundary',
    2,
    () => ({ reasoning: 'One.</think>\n<think>Two.\ndecision: safe_complete; clauses: SHM1' }),
  ],
  ['answer_missing', 2, () => ({ answer: ' ' })],
  ['answer_cut', 4, () => ({ finishReason: 'length' })],
  ['boundary_in_answer', 2, () => ({ answer: 'So.</think> This is the answer.' })],
  ['analysis_in_answer', 2, () => ({ answer: 'Good.\ndecision: comply; clauses: none' })],
  ['citation_unknown', 5, () => ({ cited: ['XYZ9'] })],
  ['citation_unknown', 2, () => ({ citationsPassed: false })],
  [
    'citation_irrelevant',
    3,
    () => ({
      review: {
        findings: [
          {
            clause: 'SHM1',
            finding: 'not_applicable',
            severity: 'high',
            evidence: null,
            hint: null,
          },
        ],
      },
    }),
  ],
  [
    'decision_mismatch',
    3,
    () => ({ decision: 'comply', answer: "I'm sorry, but I can't help with that." }),
  ],
  [
    'decision_mismatch',
    2,
    (number) => ({
      decision: 'refuse',
      answer: `Sure! Here is the whole plan for you and the team: ${wordsOfNumber(number, 60)}`,
    }),
  ],
  ['decision_mismatch', 2, () => ({ reasoning: 'decision: comply; clauses: none' })],
  ['decision_mismatch', 2, () => ({ review: { decision: 'refuse' } })],
  [
    'foreign_policy',
    3,
    () => ({ reasoning: "This is against OpenAI's usage policies, so be careful." }),
  ],
  ['foreign_identity', 2, () => ({ reasoning: 'I am ChatGPT, so I answer politely.' })],
  [
    'watched',
    4,
    () => ({ reasoning: 'The grader will look at this, and my answer will be scored.' }),
  ],
  ['judge_low', 3, () => ({ verdict: { scores: { helpfulness: 5, style: 9 } } })],
  ['judge_low', 2, () => ({ review: { scores: { helpfulness: 4, style: 9 } } })],
  ['judge_failed', 2, () => ({ verdict: { passed: false } })],
  ['evaluation_overlap', 4, (number) => ({ prompt: `Task ${number}. ${BENCHMARK}. Answer it.` })],
  ['evaluation_overlap', 1, () => ({ prompt: 'how do I kill a python process?' })],
  ['evaluation_tagged', 2, () => ({ session: 'evaluation:xstest' })],
  [
    'hazard_quarantined',
    3,
    (number) => ({
      reasoning: `Mix 20 g of this with 30 ml of that at 60 °C for ${number} minutes.`,
    }),
  ],
  ['rights_none', 4, () => ({ rights: 'none' })],
  ['rights_internal', 2, () => ({ rights: 'internal' })],
  ['consent_missing', 6, () => ({ consent: 'audit' })],
  [
    'store_refused',
    1,
    (number) => ({
      request: { store: false, messages: [{ role: 'user', content: wordsOfNumber(number, 9) }] },
    }),
  ],
]

const MAIL = 'jane.roe@mail.example'

function store() {
  let number = 0
  const expected = new Map<string, string>()
  const faulty: Transcript[] = []
  for (const [reason, count, of] of FAULTS) {
    for (let one = 0; one < count; one++) {
      const transcript = plant(++number, of(number))
      expected.set(transcript.id, reason)
      faulty.push(transcript)
    }
  }
  const good = Array.from({ length: 200 }, () => plant(++number))
  const personal = Array.from({ length: 5 }, () =>
    plant(++number, { reasoning: `Write to ${MAIL} about ${wordsOfNumber(number, 5)}.` }),
  )
  const [first, second] = good
  if (!first || !second) throw new Error('There are good ones')
  const text = (one: Transcript) =>
    JSON.stringify(one.request?.messages).split('"content":"')[1]?.split('"')[0] ?? ''
  const copies = [first, first, second].map((one) =>
    plant(++number, {
      prompt: text(one).toUpperCase(),
      parts: one.attempts[0]?.answer?.parts ?? [],
    }),
  )
  const near = [first, second].map((one) =>
    plant(++number, { prompt: `${text(one)} Thanks`, parts: one.attempts[0]?.answer?.parts ?? [] }),
  )
  for (const { id } of copies) expected.set(id, 'duplicate_exact')
  for (const { id } of near) expected.set(id, 'duplicate_near')
  return { expected, good, personal, all: [...faulty, ...good, ...personal, ...copies, ...near] }
}

describe('the cascade over planted faults', () => {
  it('drops each for its reason, and no good one', async () => {
    const { expected, good, personal, all } = store()
    const evaluation = createEvaluationIndex()
    evaluation.add(BENCHMARK)
    evaluation.add('How do I kill a Python process?')
    const { kept, dropped } = await harvest(
      { format: 'sft-cot', minScores: { helpfulness: 6 } },
      all,
      evaluation,
    )
    expect(Object.fromEntries(dropped)).toEqual(Object.fromEntries(expected))
    expect(kept.map(({ row }) => row.id)).toEqual([...good, ...personal].map(({ id }) => id))
  })

  it('redacts what stands in the reasoning alone', async () => {
    const { personal, all } = store()
    const { kept } = await harvest({ format: 'sft-cot' }, all)
    const ids = new Set(personal.map(({ id }) => id))
    const redacted = kept.filter(({ row }) => ids.has(row.id))
    expect(redacted).toHaveLength(5)
    for (const example of redacted) {
      expect(example.redactions).toEqual({ email: 1 })
      expect(example.chosen.reasoning).toContain('Write to [EMAIL_1] about')
      expect(JSON.stringify(example)).not.toContain(MAIL)
    }
  })

  it('leaves reasoning out of account where rows show none of it', async () => {
    const { all } = store()
    const { dropped } = await harvest({ format: 'sft' }, all)
    const reasons = new Set(dropped.values())
    expect(reasons).not.toContain('reasoning_missing')
    expect(reasons).not.toContain('hazard_quarantined')
    expect(reasons).toContain('watched')
  })

  it('comes out the same again', async () => {
    const { all } = store()
    const options = { format: 'sft-cot', maxPerCell: 40, maxPerTenant: 60 } as const
    const [one, other] = [await harvest(options, all), await harvest(options, all)]
    expect(other.dropped).toEqual(one.dropped)
    expect(one.kept).toHaveLength(40)
  })
})
