import { describe, expect, it } from 'vitest'
import type { Example, HumanLabel } from '../../../src/harvest/example.ts'
import { project } from '../../../src/harvest/export/examples/project.ts'
import { createFormat } from '../../../src/harvest/formats/create-format.ts'
import {
  FORMATS,
  type FormatName,
  type FormatOptions,
} from '../../../src/harvest/formats/format.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import type { Transcript, TranscriptAttempt } from '../../../src/transcript/record/record.ts'
import { toRow } from '../../../src/transcript/record/row.ts'
import { withFailedDraft } from './export-scene.ts'
import { exampleOf, labelOf, plant } from './stages/plant.ts'

const format = (name: FormatName, options: Partial<FormatOptions> = {}) =>
  createFormat({ name, withReasoning: false, thinkTags: false, ...options })

function rowsOf(name: FormatName, example: Example): readonly JsonObject[] {
  const rows = format(name).rowsOf(example)
  if (!rows.ok) throw new Error(rows.failure)
  return rows.value
}

const call = { id: 'call_1', kind: 'function', name: 'look', arguments: '{"at":"Lyon"}' } as const

describe('an answer', () => {
  it('with a tool call goes back to the message that a client received', () => {
    const example = exampleOf(plant(1, { parts: [{ kind: 'tool_call', call }] }))
    expect(example.chosen.message).toMatchObject({
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"Lyon"}' } },
      ],
    })
    const [row = {}] = rowsOf('sft', example)
    expect((row.messages as JsonObject[]).at(-1)).toEqual({
      role: 'assistant',
      content: '',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'look', arguments: { at: 'Lyon' } } },
      ],
    })
  })

  it('with a call without arguments calls with an empty object', () => {
    const parts = [{ kind: 'tool_call', call: { ...call, arguments: '' } }] as const
    const [row] = rowsOf('sft', exampleOf(plant(1, { parts })))
    expect(row?.messages).toMatchObject([{}, { tool_calls: [{ function: { arguments: {} } }] }])
  })

  it('with arguments has their numbers and the order of their names as they were written', () => {
    const text = '{"2":1.0,"1":[-0,0.10,1e5]}'
    const parts = [{ kind: 'tool_call', call: { ...call, arguments: text } }] as const
    const [row] = rowsOf('sft', exampleOf(plant(1, { parts })))
    expect(JSON.stringify(row)).toContain(`"arguments":${text}`)
  })

  it.each([
    '{"at":',
    '["Lyon"]',
    '"Lyon"',
    '{"at":12345678901234567890}',
    '{"at":1e400}',
    `{"at":${'['.repeat(300)}${']'.repeat(300)}}`,
  ])('with arguments that no template or reader takes is left out but for judges: %s', (text) => {
    const parts = [{ kind: 'tool_call', call: { ...call, arguments: text } }] as const
    const example = exampleOf(plant(1, { parts }))
    expect(format('sft').rowsOf(example)).toEqual({ ok: false, failure: 'arguments_unreadable' })
    const [row] = rowsOf('judge', example)
    expect(row?.answer).toMatchObject([{ tool_calls: [{ function: { arguments: text } }] }])
  })

  it('that is a refusal is what a trainer reads as content', () => {
    const example = exampleOf(plant(1, { parts: [{ kind: 'refusal', text: 'I cannot.' }] }))
    expect(example.chosen.message).toMatchObject({ content: null, refusal: 'I cannot.' })
    const [row = {}] = rowsOf('sft', example)
    expect((row.messages as JsonObject[]).at(-1)).toEqual({
      role: 'assistant',
      content: 'I cannot.',
    })
  })

  it('with a sound is no text', () => {
    const audio = { id: 'a', data: 'AAAA', transcript: 'Hello', expires_at: 1 }
    const parts = [{ kind: 'opaque', name: 'audio', value: audio }] as const
    expect(format('sft').rowsOf(exampleOf(plant(1, { parts })))).toEqual({
      ok: false,
      failure: 'answer_not_text',
    })
  })
})

it('leaves out the pair whose failed draft cannot be read, and no other', () => {
  const twice = withFailedDraft(withFailedDraft(plant(1), 'An early draft'), 'A draft')
  const [first, ...others] = twice.attempts
  if (!first?.answer) throw new Error('There are three')
  const parts = [{ kind: 'tool_call', call: { ...call, arguments: '{' } }] as const
  const broken = { ...first, answer: { ...first.answer, parts } }
  const rows = rowsOf('preference', exampleOf({ ...twice, attempts: [broken, ...others] }))
  expect(rows.map(({ rejected }) => rejected)).toMatchObject([[{ content: 'An early draft' }]])
})

it('gives a developer the role that templates know', () => {
  const messages = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Good day' },
  ]
  const [row] = rowsOf('rl', exampleOf(plant(1, { messages })))
  expect(row?.prompt).toMatchObject([{ role: 'system', content: 'Be brief.' }, { role: 'user' }])
})

it.each(['native', 'tagged', 'two-pass'] as const)(
  'projects what was drafted %s alike',
  (strategy) => {
    const transcript = plant(1)
    const attempts = transcript.attempts.map((attempt) => ({ ...attempt, strategy }))
    const { chosen, rejected } = exampleOf({ ...transcript, attempts })
    expect([chosen.attempt?.strategy, chosen.decision, chosen.citedClauses]).toEqual([
      strategy,
      'safe_complete',
      ['SHM1'],
    ])
    expect(chosen.reasoning).toMatch(/^The person asks about/)
    expect(rejected).toEqual([])
  },
)

describe('an answer that a person wrote instead', () => {
  const edited = labelOf({ kind: 'edited_answer', answer: 'A better one.', time: 2 })
  const overturned = labelOf({ kind: 'wrong_decision', decision: 'comply', clauses: ['SHM1'] })
  const project1 = (labels: readonly HumanLabel[]) => {
    const transcript = withFailedDraft(plant(1), 'The first draft')
    const row = toRow(transcript, { key: 'k', bytes: 1 })
    const [example] = project({ transcript, row, labels })
    return example ?? expect.fail('no example')
  }

  it('is the chosen one, and what was released is rejected', () => {
    const example = project1([edited, overturned])
    expect(example.chosen).toMatchObject({
      message: { content: 'A better one.' },
      reasoning: null,
      decision: 'comply',
    })
    expect(rowsOf('preference', example)).toHaveLength(2)
    expect(rowsOf('kto', example).map(({ label }) => label)).toEqual([true, false, false])
  })

  it('gives way to the latest', () => {
    const later = labelOf({ id: 'lb_2', kind: 'edited_answer', answer: 'The best.', time: 3 })
    expect(project1([later, edited]).chosen.message.content).toBe('The best.')
  })

  it('tells a reward the right decision, answered anew or not', () => {
    const [row] = rowsOf('rl', project1([overturned]))
    expect(row?.ideal_response).toBe('comply')
  })
})

it('shows reasoning without the lines on which its tags stood', () => {
  const example = exampleOf(plant(1, { reasoning: '\n1. Helpful.\n\n2. Safe.\n' }))
  const [row] = rowsOf('sft-cot', example)
  expect(row?.messages).toMatchObject([{}, { reasoning_content: '1. Helpful.\n\n2. Safe.' }])
})

it('makes no pair of an answer and the same words', () => {
  const released = plant(1, { answer: 'The very same.' })
  const example = exampleOf(withFailedDraft(released, 'The very same.'))
  expect(format('preference').rowsOf(example)).toEqual({ ok: false, failure: 'nothing_rejected' })
})

describe('a draft that was not released', () => {
  const failing = (changes: (failed: TranscriptAttempt) => Partial<TranscriptAttempt>) => {
    const [failed, released] = withFailedDraft(plant(1), 'A draft').attempts
    if (!failed || !released) throw new Error('There are two')
    const attempts = [{ ...failed, ...changes(failed) }, released]
    return exampleOf({ ...plant(1), attempts })
  }
  const passing = ({ verdicts }: TranscriptAttempt) =>
    verdicts.map((verdict) => ({ ...verdict, passed: true, reasons: [] }))
  const failedReview = failing((failed) => {
    const [answer] = passing(failed)
    if (!answer) throw new Error('There is one')
    const review = { ...answer, channel: 'reasoning', sawReasoning: true, passed: false } as const
    return { verdicts: [answer, review] }
  })
  const labels = (example: Example, withReasoning = false) => {
    const rows = format('kto', { withReasoning }).rowsOf(example)
    return rows.ok ? rows.value.map(({ label }) => label) : rows.failure
  }

  it('for its reasoning alone is no worse an answer, but worse reasoning', () => {
    expect(format('preference').rowsOf(failedReview)).toEqual({
      ok: false,
      failure: 'nothing_rejected',
    })
    expect(labels(failedReview)).toEqual([true])
    expect(format('preference', { withReasoning: true }).rowsOf(failedReview).ok).toBe(true)
    expect(labels(failedReview, true)).toEqual([true, false])
  })

  it.each(['format', 'leak'] as const)('for its %s is never shown', (name) => {
    const example = failing(({ checks }) => ({
      checks: [...checks, { name, passed: false, reason: 'boundary' }],
    }))
    for (const withReasoning of [false, true]) {
      expect(format('preference', { withReasoning }).rowsOf(example).ok).toBe(false)
      expect(labels(example, withReasoning)).toEqual([true])
    }
  })

  it('that was cut is never shown', () => {
    const example = failing(({ answer }) => ({
      answer: answer && { ...answer, finishReason: 'length' },
    }))
    expect(format('preference').rowsOf(example).ok).toBe(false)
    expect(labels(example)).toEqual([true])
  })

  it('says the same where white space or the ids of calls are all that differs', () => {
    const text = plant(1, { answer: 'The  very\n\nsame. ' })
    const called = (id: string) => [{ kind: 'tool_call', call: { ...call, id } }] as const
    const calls = withFailedDraft(plant(1, { parts: called('call_1') }), '')
    const [failed, released] = calls.attempts
    if (!failed?.answer || !released) throw new Error('There are two')
    const again = { ...failed, answer: { ...failed.answer, parts: called('call_2') } }
    for (const one of [
      exampleOf(withFailedDraft(text, 'The very same.')),
      exampleOf({ ...calls, attempts: [again, released] }),
    ]) {
      expect(format('preference').rowsOf(one)).toEqual({ ok: false, failure: 'nothing_rejected' })
      expect(labels(one)).toEqual([true])
    }
  })
})

it('takes no draft for a failure that nobody could judge', () => {
  const transcript = withFailedDraft(plant(1), 'A draft')
  const [failed, released] = transcript.attempts
  if (!failed || !released) throw new Error('There are two')
  const unjudged = { ...failed, checks: [], verdicts: [] }
  expect(exampleOf({ ...transcript, attempts: [unjudged, released] }).rejected).toEqual([])
})

describe('a row of rl', () => {
  it("lets the client's tools call their arguments as they like", () => {
    const messages = [
      { role: 'user', content: 'Where is it?' },
      {
        role: 'assistant',
        tool_calls: [
          {
            id: 'c',
            type: 'function',
            function: { name: 'think', arguments: '{"thought":"Hm."}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c', content: '' },
    ]
    expect(rowsOf('rl', exampleOf(plant(1, { messages })))).toHaveLength(1)
  })

  const leaky = (prompt: string, transcript: Transcript): Example => ({
    ...exampleOf(transcript),
    prompt: [{ role: 'user', content: prompt }],
  })

  it('is the prompt and what a reward may know, and nothing else', () => {
    const [row] = rowsOf('rl', exampleOf(plant(1)))
    expect(Object.keys(row ?? {})).toEqual([
      'prompt',
      'sections',
      'ideal_response',
      'policy',
      'tools',
      'id',
      'section',
    ])
    expect(row).toMatchObject({ sections: ['SHM'], ideal_response: 'safe_complete' })
  })

  it('is refused with the whole reasoning in it', () => {
    const transcript = plant(1, { reasoning: 'Short and hidden' })
    expect(() => format('rl').rowsOf(leaky('See: Short and hidden', transcript))).toThrow(
      `Look into transcript ${transcript.id}: its reasoning stands in a row that must hold none`,
    )
  })

  it.each([
    ['a sign that nobody sees', 'Short and hid\u200bden'],
    ['letters that look alike', 'Shоrt and hidden'],
    ['capitals', 'SHORT AND HIDDEN'],
  ])('is refused with the whole reasoning behind %s', (_, disguised) => {
    const transcript = plant(1, { reasoning: 'Short and hidden' })
    expect(() => format('rl').rowsOf(leaky(`See: ${disguised}`, transcript))).toThrow(
      /^Look into transcript/,
    )
  })

  it('is refused with twelve words in a row of a failed draft’s reasoning', () => {
    const words = 'one two three four five six seven eight nine ten eleven twelve thirteen'
    const transcript = withFailedDraft(plant(1), `${words} fourteen`)
    expect(() => format('rl').rowsOf(leaky(`So ${words} it said`, transcript))).toThrow(
      /^Look into transcript/,
    )
  })

  it('may hold what the reasoning has quoted of it', () => {
    const prompt = 'Tell me which of the many small towns by the sea is the loveliest of all.'
    const transcript = plant(1, { prompt, reasoning: `They ask: "${prompt}" That is harmless.` })
    expect(format('rl').rowsOf(exampleOf(transcript)).ok).toBe(true)
  })

  it.each(['user', 'refuse', 'default', 'SHM'])(
    'is not refused for reasoning as short as "%s"',
    (reasoning) => {
      expect(format('rl').rowsOf(exampleOf(plant(1, { reasoning }))).ok).toBe(true)
    },
  )

  it('may hold what the reasoning has quoted across the parts of a message', () => {
    const parts = ['Tell me which of the many small ', 'towns by the sea is the loveliest of all.']
    const content = parts.map((text) => ({ type: 'text', text }))
    const reasoning = `They ask: "${parts.join('')}" That is harmless.`
    const transcript = plant(1, { messages: [{ role: 'user', content }], reasoning })
    expect(format('rl').rowsOf(exampleOf(transcript)).ok).toBe(true)
  })

  it('needs a prompt that waits for an answer, and a decision', () => {
    const messages = [
      { role: 'user', content: 'Good day' },
      { role: 'assistant', content: 'Good' },
    ]
    const unfinished = format('rl').rowsOf(exampleOf(plant(1, { messages })))
    expect(unfinished).toEqual({ ok: false, failure: 'prompt_unfinished' })
  })
})

it.each(FORMATS)('of %s have no column that is null in one row and text in another', (name) => {
  const tools = [{ type: 'function', function: { name: 'look', parameters: {} } }]
  const messages = [{ role: 'user', content: 'Please look up the weather in Lyon for tomorrow.' }]
  const asked = { model: 'one', messages, tools }
  const examples = [plant(1), plant(2), plant(3, { request: asked })]
  const made = examples.map((one) => exampleOf(withFailedDraft(one, 'A draft that failed')))
  const { columns } = format(name)
  const rows = made.flatMap((example) => rowsOf(name, { ...example, section: null }))
  const nulls = rows.flatMap((row) => Object.keys(columns).filter((column) => row[column] == null))
  expect(nulls).toEqual([])
})

it('says of each verdict whether it saw the reasoning', () => {
  const rows = rowsOf('judge', exampleOf(plant(1)))
  expect(rows.map((row) => [row.channel, row.saw_reasoning, row.reasoning])).toEqual([
    ['answer', false, ''],
    ['reasoning', true, ''],
  ])
  const shown = format('judge', { withReasoning: true }).rowsOf(exampleOf(plant(1)))
  expect(shown.ok && shown.value.map(({ reasoning }) => reasoning !== '')).toEqual([false, true])
})

it('quotes the reasoning to no reader who is to see none of it', () => {
  const finding = {
    clause: 'SHM1',
    finding: 'violated',
    severity: 'high',
    evidence: 'I think QUOTED',
    hint: 'Do not HINTED',
  } as const
  const planted = { verdict: { findings: [finding] }, review: { findings: [finding] } }
  const example = exampleOf(plant(1, planted))
  const [answer, reasoning] = rowsOf('judge', example)
  expect(answer?.findings).toEqual([finding])
  expect(reasoning?.findings).toEqual([{ ...finding, evidence: null, hint: null }])
  const shown = format('judge', { withReasoning: true }).rowsOf(example)
  expect(shown.ok && shown.value[1]?.findings).toEqual([finding])
})

it('gives a whole record as it was written', () => {
  const transcript = plant(1)
  const [row] = rowsOf('transcript', exampleOf(transcript))
  expect(JSON.parse(row?.record as string)).toEqual(JSON.parse(JSON.stringify(transcript)))
})
