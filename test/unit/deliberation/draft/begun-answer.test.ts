/** A conversation that ends in the assistant's words: the model goes on from them, behind every instruction. */
import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../../src/conversation/turn.ts'
import { begunAnswer } from '../../../../src/deliberation/draft/begun-answer.ts'
import { chooseStrategy } from '../../../../src/deliberation/draft/strategy.ts'
import { createInquiry, reply, run } from '../fixtures.ts'

const ASKED: Turn = { role: 'user', content: 'Which books by Austen have you?' }
const BEGUN: Turn = { role: 'assistant', content: '{"answer":' }

describe('an answer is begun', () => {
  it('where the last turn is the words of the assistant', () => {
    expect(begunAnswer({ turns: [ASKED, BEGUN] })).toBe(BEGUN)
  })

  it.each<readonly [string, readonly Turn[]]>([
    ['nothing', []],
    ['the user', [BEGUN, ASKED]],
    ['an empty turn', [ASKED, { role: 'assistant', content: '' }]],
    [
      'a call',
      [
        ASKED,
        {
          role: 'assistant',
          content: 'Looking.',
          toolCalls: [{ id: 'a', kind: 'function', name: 'f', arguments: '{}' }],
        },
      ],
    ],
  ])('not where the last is %s', (_, turns) => {
    expect(begunAnswer({ turns })).toBeNull()
  })

  it.each(['auto', 'tagged', 'native', 'two-pass'] as const)(
    'and then takes two passes under %s',
    (setting) => {
      const inquiry = createInquiry({ turns: [ASKED, BEGUN] })
      expect(
        chooseStrategy({ setting, inquiry, facts: { reasoningField: true }, budget: 1000 }),
      ).toBe('two-pass')
    },
  )
})

describe('the pass that writes the answer', () => {
  it.each(['trailing-system', 'trailing-user', 'leading-merged'] as const)(
    'has the begun answer last, under %s',
    async (placement) => {
      const { result, drafts } = run({
        ports: { settings: { strategy: 'auto', placement } },
        inquiry: { turns: [ASKED, BEGUN] },
        draft: (prompt) => reply(prompt),
      })
      expect((await result).outcome.ok).toBe(true)
      const [thinking, answering] = drafts.calls.map(({ prompt }) => prompt.turns)
      expect(answering?.at(-1)).toEqual(BEGUN)
      expect(thinking?.some(({ content }) => content === BEGUN.content)).toBe(true)
      expect(answering?.filter(({ role }) => role === 'assistant')).toHaveLength(1)
    },
  )
})

describe('what a server wants said before it goes on', () => {
  const marked: Turn = { ...BEGUN, extra: { prefix: true } }
  const parameters = { continue_final_message: true, add_generation_prompt: false, seed: 1 }

  it('is said to the pass that writes the answer, and to no other', async () => {
    const { result, drafts } = run({
      ports: { settings: { strategy: 'auto', placement: 'trailing-system' } },
      inquiry: { turns: [ASKED, marked], parameters },
      draft: (prompt) => reply(prompt),
    })
    expect((await result).outcome.ok).toBe(true)
    const [thinking, answering] = drafts.calls.map(({ prompt }) => prompt)
    expect(answering?.turns.at(-1)).toEqual(marked)
    expect(answering?.parameters).toMatchObject(parameters)
    const said = thinking?.turns.filter(({ role }) => role === 'assistant')
    expect(said).toEqual([{ ...BEGUN, extra: {} }])
    expect(Object.keys(thinking?.parameters ?? {})).toEqual(['seed', 'max_tokens'])
  })
})
