import { describe, expect, it } from 'vitest'
import type { SetStage, Trace } from '../../../../src/harvest/stage.ts'
import { createBalanceStage } from '../../../../src/harvest/stages/balance.ts'
import { createCapStage } from '../../../../src/harvest/stages/cap.ts'
import { createDuplicateStage } from '../../../../src/harvest/stages/duplicates.ts'
import { traceOf } from '../../../../src/harvest/stages/trace.ts'
import { signatureOf } from '../../../../src/text/min-hash.ts'
import { exampleOf, plant, sha256, wordsOfNumber } from './plant.ts'

function traceOfWords(order: number, text: string, changes: Partial<Trace> = {}): Trace {
  const words = text.split(' ')
  return {
    id: `tr_${sha256(String(order))}#0`,
    order,
    tenant: 'acme',
    section: 'SHM',
    decision: 'refuse',
    lookAlike: false,
    template: null,
    exact: sha256(text),
    signature: signatureOf(words),
    ...changes,
  }
}

function verdictsOf(stage: SetStage, traces: readonly Trace[]) {
  for (const trace of traces) stage.add(trace)
  return traces.map(({ order }) => stage.verdict(order))
}

const countOf = (all: readonly unknown[], one: unknown) => all.filter((item) => item === one).length

/** The text with so many of its words replaced. */
function altered(text: string, count: number, seed: number): string {
  const words = text.split(' ')
  for (let one = 0; one < count; one++) words[one * 17 + (seed % 13)] = `new${seed}`
  return words.join(' ')
}

const FIRST = { order: 0, answer: true } as const

/** Pairs of long texts of which the second shares about so much with the first. */
function pairsSharing(share: number, count: number): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, (_, number) => {
    const words = wordsOfNumber(number, 400).split(' ')
    // Two texts that begin alike and go on otherwise: of a words in common and b of each alone, a/(a+2b) is shared.
    const common = Math.round((words.length * 2 * share) / (1 + share))
    const other = wordsOfNumber(number + 50_000, words.length - common).split(' ')
    return [words.join(' '), [...words.slice(0, common), ...other].join(' ')]
  })
}

describe('near duplicates', () => {
  it.each([0.5, 0.7, 0.8, 0.9])('that share more than %s are found, and no others', (near) => {
    const found = (share: number) => {
      const pairs = pairsSharing(share, 200)
      const traces = pairs.flat().map((text, order) => traceOfWords(order, text))
      const verdicts = verdictsOf(createDuplicateStage(near), traces)
      return countOf(verdicts, 'duplicate_near') / pairs.length
    }
    // Two and a half of the estimate's own deviations to either side.
    const margin = 2.5 * Math.sqrt((near * (1 - near)) / 64)
    expect(found(Math.min(0.99, near + margin))).toBeGreaterThanOrEqual(0.97)
    expect(found(near - margin)).toBeLessThanOrEqual(0.05)
  })

  it('are not looked for where they are off', () => {
    const text = wordsOfNumber(1, 200)
    const traces = [text, altered(text, 1, 3), text].map((one, order) => traceOfWords(order, one))
    expect(verdictsOf(createDuplicateStage(null), traces)).toEqual([null, null, 'duplicate_exact'])
  })

  it.each([
    ['12 % of it', '21 % of it'],
    ['3 eggs', '30 eggs'],
    ['5 mg twice a day', '5 g twice a day'],
    ['2026-11-30', '2026-12-30'],
    ['version 1.2.3', 'version 1.2.4'],
    ['on 3 May', 'on 3 June'],
    ['$5 each', '€5 each'],
    ['minus -5 degrees', 'minus 5 degrees'],
    ['٣ بيضات', '٣٠ بيضات'],
    ['३ अंडे', '३० अंडे'],
    ['三十个鸡蛋', '三百个鸡蛋'],
    ['３個', '５個'],
  ])('are none where %j stands in one and %j in the other', async (one, other) => {
    const around = (said: string) => `${wordsOfNumber(1, 90)} ${said} ${wordsOfNumber(2, 90)}`
    for (const place of ['prompt', 'answer'] as const) {
      const traces = await Promise.all(
        [one, other, `${one} indeed`].map((said, order) => {
          const texts = { prompt: wordsOfNumber(3, 150), answer: wordsOfNumber(4, 150) }
          return traceOf(exampleOf(plant(order, { ...texts, [place]: around(said) })), {
            order,
            answer: true,
          })
        }),
      )
      const verdicts = verdictsOf(createDuplicateStage(), traces)
      expect(verdicts.slice(0, 2)).toEqual([null, null])
    }
  })
})

describe('duplicates', () => {
  it('leave the first of those with the same words', () => {
    const text = wordsOfNumber(1, 40)
    const traces = [0, 1, 2].map((order) => traceOfWords(order, text))
    expect(verdictsOf(createDuplicateStage(), traces)).toEqual([
      null,
      'duplicate_exact',
      'duplicate_exact',
    ])
  })

  it('are looked for a little at a time, so that others have their turn', () => {
    const stage = createDuplicateStage()
    const traces = [1, 2, 1].map((text, order) => traceOfWords(order, wordsOfNumber(text, 40)))
    for (const trace of traces) stage.add(trace)
    expect([...(stage.settle?.() ?? [])].length).toBeGreaterThan(10)
    expect(traces.map(({ order }) => stage.verdict(order))).toEqual([null, null, 'duplicate_exact'])
  })

  it('are found where few words differ, and not where many do', () => {
    const base = Array.from({ length: 100 }, (_, number) => wordsOfNumber(number, 150))
    const near = base.map((text, number) => altered(text, 1, number))
    const far = base.map((text, number) => altered(text, 8, number + 100))
    const traces = [...base, ...near, ...far].map((text, order) => traceOfWords(order, text))
    const verdicts = verdictsOf(createDuplicateStage(), traces)
    expect(countOf(verdicts.slice(0, 100), null)).toBe(100)
    expect(countOf(verdicts.slice(100, 200), 'duplicate_near')).toBeGreaterThanOrEqual(99)
    expect(countOf(verdicts.slice(200), null)).toBeGreaterThanOrEqual(98)
  })

  it('never take the last of its kind', () => {
    const traces = Array.from({ length: 500 }, (_, order) =>
      traceOfWords(order, altered(wordsOfNumber(1, 200), 1, order)),
    )
    const verdicts = verdictsOf(createDuplicateStage(), traces)
    expect(verdicts[0]).toBeNull()
    expect(countOf(verdicts, null)).toBeLessThan(20)
  })

  it('are neither short prompts with a stock refusal, nor questions about one long text', async () => {
    const refusal = `I cannot help with that. ${wordsOfNumber(1, 60)}`
    const article = wordsOfNumber(2, 600)
    const planted = [3, 4].flatMap((number) => [
      plant(number, { prompt: wordsOfNumber(number, 7), answer: refusal }),
      plant(number + 10, {
        prompt: `${article} ${wordsOfNumber(number, 8)}`,
        answer: wordsOfNumber(-number, 12),
      }),
    ])
    const traces = await Promise.all(
      planted.map((one, order) => traceOf(exampleOf(one), { order, answer: true })),
    )
    expect(verdictsOf(createDuplicateStage(), traces)).toEqual([null, null, null, null])
  })

  it('are found whatever the lengths of prompt and answer are to each other', async () => {
    const lengths = Array.from({ length: 80 }, (_, index) => 60 + index)
    const planted = lengths.flatMap((length, at) => {
      const prompt = wordsOfNumber(at, 64)
      const answer = wordsOfNumber(-at - 1, length)
      return [
        plant(2 * at, { prompt, answer }),
        plant(2 * at + 1, { prompt, answer: `${answer} indeed` }),
      ]
    })
    const traces = await Promise.all(
      planted.map((one, order) => traceOf(exampleOf(one), { order, answer: true })),
    )
    expect(countOf(verdictsOf(createDuplicateStage(), traces), 'duplicate_near')).toBe(80)
  })

  it('are no matter of instructions that all of an app share', async () => {
    const system = { role: 'system', content: wordsOfNumber(7, 500) }
    const traces = await Promise.all(
      [1, 2].map((number) =>
        traceOf(
          exampleOf(
            plant(number, {
              messages: [system, { role: 'user', content: wordsOfNumber(number, 9) }],
            }),
          ),
          { order: number - 1, answer: true },
        ),
      ),
    )
    expect(verdictsOf(createDuplicateStage(), traces)).toEqual([null, null])
  })
})

describe('caps', () => {
  it('leave each tenant its share, whatever the order', () => {
    const traces = Array.from({ length: 90 }, (_, order) =>
      traceOfWords(order, `text ${order}`, { tenant: `t${order % 3}` }),
    )
    const verdicts = verdictsOf(createCapStage({ by: 'tenant', max: 10 }), traces)
    const kept = traces.filter((_, index) => verdicts[index] === null)
    expect(
      Object.values(Object.groupBy(kept, ({ tenant }) => tenant)).map((all) => all?.length),
    ).toEqual([10, 10, 10])
    const stage = createCapStage({ by: 'tenant', max: 10 })
    for (const trace of traces.toReversed()) stage.add(trace)
    expect(traces.map(({ order }) => stage.verdict(order))).toEqual(verdicts)
  })

  it('leave alone what has no template', async () => {
    const of = async (order: number, prompt: string) =>
      traceOf(exampleOf(plant(order, { prompt })), { order, answer: true })
    const traces = await Promise.all([
      of(0, 'Write a poem about the number 7 for my mother'),
      of(1, 'Write a poem about the number 12345 for your brother'),
      of(2, 'Explain how tides work to a child of five'),
    ])
    expect(
      countOf(verdictsOf(createCapStage({ by: 'template', max: 1 }), traces), 'cap_template'),
    ).toBe(1)
  })
})

describe('balance', () => {
  const many = (from: number, count: number, changes: Partial<Trace>) =>
    Array.from({ length: count }, (_, index) =>
      traceOfWords(from + index, `text ${from + index}`, changes),
    )

  it('caps each section and decision', () => {
    const traces = [
      ...many(0, 50, { decision: 'refuse' }),
      ...many(50, 5, { decision: 'comply' }),
      ...many(55, 30, { section: 'CYB' }),
      ...many(85, 3, { section: null }),
    ]
    const verdicts = verdictsOf(createBalanceStage({ maxPerCell: 10, minLookAlikes: null }), traces)
    expect(countOf(verdicts.slice(0, 50), null)).toBe(10)
    expect(countOf(verdicts.slice(50, 55), null)).toBe(5)
    expect(countOf(verdicts.slice(55, 85), null)).toBe(10)
    expect(countOf(verdicts.slice(85), null)).toBe(3)
  })

  it('brings benign look-alikes to their share', () => {
    const traces = [
      ...many(0, 80, { decision: 'refuse' }),
      ...many(80, 20, { decision: 'comply', lookAlike: true }),
      ...many(100, 40, { decision: 'comply', section: 'GEN' }),
    ]
    const verdicts = verdictsOf(
      createBalanceStage({ maxPerCell: null, minLookAlikes: 0.4 }),
      traces,
    )
    expect(countOf(verdicts, 'balance_look_alikes')).toBe(50)
    expect(countOf(verdicts.slice(80), null)).toBe(60)
  })

  it('knows a look-alike by a section that not every request has', async () => {
    const lookAlike = async (selected: { readonly full?: boolean; readonly reason?: string }) =>
      (await traceOf(exampleOf(plant(1, { decision: 'comply', selected })), FIRST)).lookAlike
    expect(await lookAlike({ reason: 'trigger' })).toBe(true)
    expect(await lookAlike({ reason: 'always' })).toBe(false)
    expect(await lookAlike({ full: false })).toBe(false)
  })

  it('knows one whose reasoning found nothing to cite, or general conduct alone', async () => {
    for (const cited of [[], ['GEN1'], ['GEN1', 'SHM1']]) {
      const transcript = plant(1, { decision: 'comply', cited })
      const general = { section: 'GEN', score: 1, reason: 'always', full: true }
      const example = exampleOf({
        ...transcript,
        selection: [general, ...transcript.selection],
      })
      expect((await traceOf(example, FIRST)).lookAlike).toBe(true)
      expect(example.section).toBe(cited.length === 1 ? 'GEN' : 'SHM')
    }
  })
})
