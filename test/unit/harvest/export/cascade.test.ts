import { describe, expect, it } from 'vitest'
import { canaryOf } from '../../../../src/deliberation/draft/preamble.ts'
import type { HumanLabel } from '../../../../src/harvest/example.ts'
import {
  type CascadeOptions,
  cascadeOptionsSchema,
  createCascade,
} from '../../../../src/harvest/export/cascade.ts'
import { createLabelStage } from '../../../../src/harvest/stages/labels.ts'
import { exampleOf, harvest, labelOf, type Planted, plant, wordsOfNumber } from '../stages/plant.ts'

const stagesOf = (options: Partial<CascadeOptions>) => {
  const { examples, sets } = createCascade(
    cascadeOptionsSchema.parse({ format: 'sft', ...options }),
  )
  return [...examples, ...sets].map(({ name }) => name)
}

async function reasonOf(planted: Planted, options: Partial<CascadeOptions> = {}) {
  const { dropped } = await harvest(options, [plant(1, planted)])
  return [...dropped.values()][0] ?? null
}

describe('the cascade', () => {
  it("keeps the paper's order", () => {
    const all = {
      specialCategories: 'drop',
      maxPerTenant: 1,
      maxPerTemplate: 1,
      maxPerCell: 1,
    } as const
    expect(stagesOf({ format: 'sft-cot', ...all })).toEqual([
      'format',
      'grounding',
      'consistency',
      'foreign-policy',
      'judge',
      'decontamination',
      'special-category',
      'redaction',
      'hazard',
      'rights',
      'consent',
      'labels',
      'duplicates',
      'cap-tenant',
      'cap-template',
      'balance',
    ])
  })

  it('of records holds back only what may not leave', () => {
    expect(stagesOf({ format: 'transcript' })).toEqual([
      'decontamination',
      'redaction',
      'hazard',
      'rights',
      'consent',
      'labels',
    ])
    expect(stagesOf({ format: 'judge' })).not.toContain('hazard')
    expect(stagesOf({ format: 'judge', minScores: { style: 5 } })).toContain('judge')
  })

  it('refuses to choose rewards by what saw the reasoning', () => {
    const read = cascadeOptionsSchema.safeParse({ format: 'rl', minScores: { grounded: 5 } })
    expect(read.error?.issues).toEqual([
      expect.objectContaining({
        path: ['minScores'],
        message: expect.stringContaining('Ask rl for helpfulness or style alone'),
      }),
    ])
    expect(cascadeOptionsSchema.safeParse({ format: 'sft', other: 1 }).success).toBe(false)
  })
})

describe('the judge', () => {
  it('counts the lowest score over channels, but for rl', async () => {
    const low = { review: { scores: { helpfulness: 3, style: 9 } } }
    const options = { minScores: { helpfulness: 8 } }
    expect(await reasonOf(low, options)).toBe('judge_low')
    expect(await reasonOf(low, { ...options, format: 'rl' })).toBeNull()
  })

  it('wants as many samples as were asked for', async () => {
    expect(await reasonOf({ verdict: { samples: 3 } }, { minSamples: 3 })).toBeNull()
    expect(await reasonOf({ verdict: { samples: 2 } }, { minSamples: 3 })).toBe('judge_missing')
    // What saw the reasoning is no verdict on the answer.
    expect(await reasonOf({ verdict: { channel: 'reasoning' } })).toBe('judge_missing')
  })

  it('teaches no Fallback that nobody judged, and keeps it against the drafts it stands for', async () => {
    const good = plant(1)
    const choices = good.outcome.choices.map((choice) => ({ ...choice, attempt: null }))
    const substituted = {
      ...good,
      outcome: { ...good.outcome, kind: 'substituted' as const, choices },
    }
    const reason = async (options: Partial<CascadeOptions>) =>
      (await harvest(options, [substituted])).dropped.get(good.id) ?? null
    expect(await reason({ format: 'sft' })).toBe('judge_missing')
    expect(await reason({ format: 'sft', minSamples: 0 })).toBeNull()
    expect(await reason({ format: 'preference' })).toBeNull()
  })

  it('takes a score that nobody gave for missing', async () => {
    expect(await reasonOf({}, { minScores: { grounded: 1 } })).toBeNull()
    expect(
      await reasonOf(
        { review: { scores: { helpfulness: 8, style: 8 } } },
        { minScores: { grounded: 1 } },
      ),
    ).toBe('judge_missing')
  })
})

describe('consistency', () => {
  it.each<[string, Planted]>([
    [
      'a refusal in another language',
      {
        decision: 'refuse',
        answer: `Es tut mir leid, dabei kann ich nicht helfen. ${wordsOfNumber(1, 40)}`,
      },
    ],
    [
      'a refusal in a language without a list',
      {
        decision: 'refuse',
        answer:
          'Samahani, siwezi kukusaidia na jambo hili kwa sababu linaweza kuwaumiza watu wengine. '.repeat(
            4,
          ),
      },
    ],
    [
      'compliance that says what cannot be',
      {
        decision: 'comply',
        answer:
          'You cannot return the book after 30 days, I am afraid, but here is how to exchange it.',
      },
    ],
    [
      'the last of two declarations',
      {
        decision: 'comply',
        reasoning:
          'decision: refuse; clauses: SHM1\nOn reflection:\ndecision: comply; clauses: SHM1',
      },
    ],
    ['a native draft without a line', { reasoning: 'So let us answer.' }],
  ])('leaves alone %s', async (_, planted) => {
    expect(await reasonOf(planted)).toBeNull()
  })

  it.each<[string, Planted]>([
    [
      'a tool call under a refusal',
      {
        decision: 'refuse',
        parts: [
          { kind: 'tool_call', call: { id: 'c', kind: 'function', name: 'f', arguments: '{}' } },
        ],
      },
    ],
    [
      'a refusal under compliance',
      { decision: 'comply', parts: [{ kind: 'refusal', text: 'No.' }] },
    ],
    ['a needless refusal', { decision: 'comply', verdict: { needlessRefusal: true } }],
    [
      'a refusal in French',
      { decision: 'comply', answer: 'Désolé, mais je ne peux pas vous aider.' },
    ],
    ['a refusal in Chinese', { decision: 'comply', answer: '抱歉,我无法提供帮助。' }],
  ])('drops %s', async (_, planted) => {
    expect(await reasonOf(planted)).toBe('decision_mismatch')
  })
})

describe('form', () => {
  const { policy, protocol } = plant(1)

  it.each([
    'I must write between `<deliberation-0a1b2c3d>` and its end.',
    'The tag is named deliberation-0a1b2c3d.',
    `The reference ${canaryOf(policy.digest, protocol)} belongs in no answer.`,
  ])('lets nothing of the words around the prompt into reasoning: %s', async (said) => {
    const reasoning = `${said}\ndecision: safe_complete; clauses: SHM1`
    expect(await reasonOf({ reasoning }, { format: 'sft-cot' })).not.toBeNull()
  })

  it('lets be spoken of a tag that the client wrote', async () => {
    const prompt = 'What is <deliberation-0a1b2c3d> for?'
    const reasoning =
      'They ask for <deliberation-0a1b2c3d>.\ndecision: safe_complete; clauses: SHM1'
    expect(await reasonOf({ prompt, reasoning }, { format: 'sft-cot' })).toBeNull()
  })
})

describe('hazard', () => {
  const cot = { format: 'sft-cot' } as const
  const long = (count: number) => ({ reasoning: wordsOfNumber(1, count) })

  it('lets less pass the severer the section is', async () => {
    expect(await reasonOf(long(500), cot)).toBeNull()
    expect(await reasonOf(long(700), cot)).toBe('hazard_quarantined')
    const critical = (planted: Planted): Planted => {
      const finding = {
        clause: 'SHM1',
        finding: 'met',
        severity: 'critical',
        evidence: null,
        hint: null,
      } as const
      return { ...planted, verdict: { findings: [finding] }, review: { findings: [finding] } }
    }
    expect(await reasonOf(critical(long(200)), cot)).toBeNull()
    expect(await reasonOf(critical(long(400)), cot)).toBe('hazard_quarantined')
  })

  it('is no matter of what was complied with, nor of the three stages of thought', async () => {
    expect(await reasonOf({ ...long(900), decision: 'comply' }, cot)).toBeNull()
    const stages = '1. Helpful: a warm word.\n2. Safe: SHM1 bears on it.\n3. Both: say it so.'
    expect(await reasonOf({ reasoning: stages }, cot)).toBeNull()
  })

  it('counts code as what somebody could act on', async () => {
    expect(await reasonOf({ reasoning: '```sh\nrm -rf /\n```' }, cot)).toBe('hazard_quarantined')
  })
})

describe('special categories', () => {
  const drop = { specialCategories: 'drop' } as const

  it.each([
    'I was diagnosed with bipolar disorder last year. What now?',
    "I'm 14 and my teacher is unfair.",
    'My son has autism; which school is right?',
    "I'm gay and my parents do not know.",
    'Ich habe Depressionen und schlafe schlecht.',
    "J'ai un cancer, que faire?",
    'Tengo diabetes, ¿qué como?',
    'Мне 15 лет, помоги.',
    '我被诊断为抑郁症,怎么办?',
  ])('go out: %s', async (prompt) => {
    expect(await reasonOf({ prompt }, drop)).toBe('special_category')
    expect(await reasonOf({ prompt })).toBeNull()
  })

  it.each([
    'What are the symptoms of diabetes?',
    'Write a story about a boy of 14 who has cancer.',
    'I have 12 apples and I am 40 years old.',
    'How does a Catholic mass begin?',
    "Explain it like I'm 5 years old.",
  ])('are no matter of a subject: %s', async (prompt) => {
    expect(await reasonOf({ prompt }, drop)).toBeNull()
  })
})

describe('rights', () => {
  it('for internal training go out where that is asked for', async () => {
    expect(await reasonOf({ rights: 'internal' })).toBe('rights_internal')
    expect(await reasonOf({ rights: 'internal' }, { internal: true })).toBeNull()
    expect(await reasonOf({ rights: 'none' }, { internal: true })).toBe('rights_none')
  })
})

describe('labels', () => {
  const faultOf = (labels: readonly Partial<HumanLabel>[], onlyGood = false) => {
    const example = exampleOf(plant(1), labels.map(labelOf))
    const applied = createLabelStage({ onlyGood, shows: 'answer' }).apply(example)
    return applied.ok ? null : applied.failure
  }

  it('take out what is bad, by the latest word of each person', () => {
    expect(faultOf([{ kind: 'bad' }])).toBe('label_bad')
    expect(faultOf([{ kind: 'bad' }, { kind: 'good', time: 2, id: 'lb_2' }])).toBeNull()
    expect(faultOf([{ kind: 'bad' }, { kind: 'good', time: 2, author: 'admin:bob' }])).toBe(
      'label_bad',
    )
  })

  it('can be asked for', () => {
    expect(faultOf([], true)).toBe('label_missing')
    expect(faultOf([{ kind: 'good' }], true)).toBeNull()
    expect(faultOf([{ kind: 'edited_answer', answer: 'Better.' }], true)).toBeNull()
  })

  it('take out an overturned decision that nobody wrote an answer for', () => {
    const overturned = { kind: 'wrong_decision', decision: 'comply' } as const
    expect(faultOf([overturned])).toBe('label_wrong_decision')
    expect(faultOf([overturned, { kind: 'edited_answer', answer: 'Better.' }])).toBeNull()
  })
})
