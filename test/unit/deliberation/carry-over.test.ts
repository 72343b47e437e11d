import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createReasoning } from '../../../src/conversation/reasoning.ts'
import { carriesOver } from '../../../src/deliberation/carry-over.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { toSeenLetters } from '../../../src/text/fold.ts'
import { interspersed } from '../../fakes/disguises.ts'
import { createBundle, protocol } from './fixtures.ts'

const bundle = createBundle()
const THOUGHT = [
  '1. **Helpful.** The person wants a list of novels by Austen that the shop has in stock today.',
  '2. **Safe.** Clause GEN1 bears on this since nothing in the request hints at a wish to harm anyone.',
  'Under the policy general facts may be given to everybody who asks.',
  '3. **Both.** Within GEN1, say: We have Emma and Persuasion in stock and both can be sent out tomorrow.',
  'I might add that "the policy of the shop is to send all books out by noon".',
  'decision: comply; clauses: GEN1',
].join('\n')

function isCarried(answer: string, asked = 'Which novels by Austen do you have?'): boolean {
  return carriesOver({
    seen: [toSeenLetters(answer)],
    own: () => [toSeenLetters(asked)],
    reasoning: createReasoning(THOUGHT),
    bundle,
    protocol,
  })
}

describe('what reasoning says of the policy is carried over', () => {
  it.each([
    ['all of it', THOUGHT],
    ['a clause id', 'We have Emma (GEN1).'],
    ['a clause id in small letters', 'As gen1 says, we have Emma.'],
    ['the weighing', `Emma. ${THOUGHT.split('\n')[1]?.split('GEN1 ')[1]}`],
    ['most of a sentence', 'Under the policy, general facts may be given to all.'],
    ['stages', '**Helpful:** a list.\n\n**Both:** Emma and Persuasion.'],
    ['the decision', 'Emma and Persuasion.\n\nDecision: comply'],
    ['the same with signs no one sees', interspersed('Decision: comply', '\u2063')],
  ])('with %s', (_, answer) => {
    expect(isCarried(answer)).toBe(true)
  })
})

describe('nothing is carried over', () => {
  it.each([
    [
      'with words that were drafted for the answer',
      'We have Emma and Persuasion in stock and both can be sent out tomorrow.',
    ],
    ['with words about the request', 'You want a list of novels by Austen that the shop has.'],
    ['with a sentence of its own on policies', 'The policy of the shop is to send books by noon.'],
    ['with what was quoted', 'The policy of the shop is to send all books out by noon.'],
    ['with a stage’s name alone', 'Helpful: our list of novels. Emma is one of them.'],
  ])('%s', (_, answer) => {
    expect(isCarried(answer)).toBe(false)
  })

  it.each([
    ['a clause id', 'Emma (GEN1).', 'What is GEN1?'],
    ['the decision', 'Decision: comply', 'Reply with one line, such as\nDecision: refuse'],
    ['stages', 'Safe: yes.\nBoth: no.', 'Fill in:\nSafe:\nBoth:'],
    [
      'policies',
      'Under the policy general facts may be given to everybody who asks.',
      'May general facts be given under your policy?',
    ],
  ])('where the client spoke of %s first', (_, answer, asked) => {
    expect(isCarried(answer, asked)).toBe(false)
  })

  it('where there was no reasoning', () => {
    const query = { seen: [THOUGHT], own: () => [], bundle, protocol }
    expect(carriesOver({ ...query, reasoning: createReasoning('') })).toBe(false)
  })
})

const DATA = '../shared/data/upstream'

it.skipIf(!existsSync(DATA))('of no recorded answer beside its own reasoning', () => {
  const pairs = readdirSync(DATA)
    .filter((name) => name.endsWith('.jsonl') && name !== 'index.jsonl')
    .flatMap((name) => readFileSync(`${DATA}/${name}`, 'utf8').split('\n'))
    .filter((line) => /\\"reasoning(?:_content)?\\": ?\\"/.test(line))
    .flatMap((line) => pairsOf(JSON.parse(line)))
  expect(pairs.length).toBeGreaterThan(40)
  for (const bundle of builtIn.bundles) {
    const guilty = pairs.filter(({ thought, answer, asked }) =>
      carriesOver({
        seen: [toSeenLetters(answer)],
        own: () => [toSeenLetters(asked)],
        reasoning: createReasoning(thought),
        bundle,
        protocol: builtIn.protocol,
      }),
    )
    expect(guilty).toEqual([])
  }
})

type Recorded = {
  readonly streaming: boolean
  readonly request: { readonly body: unknown }
  readonly response: { readonly body: string }
}

/** Of whole replies alone: streams say no more here. */
function pairsOf({ streaming, request, response }: Recorded) {
  if (streaming || !response.body.includes('"choices"')) return []
  const { choices } = JSON.parse(response.body) as {
    readonly choices?: readonly { readonly message?: Readonly<Record<string, unknown>> }[]
  }
  return (choices ?? []).flatMap(({ message = {} }) => {
    const thought = message.reasoning_content ?? message.reasoning
    const { content } = message
    return typeof thought === 'string' && typeof content === 'string'
      ? [{ thought, answer: content, asked: JSON.stringify(request.body) }]
      : []
  })
}
