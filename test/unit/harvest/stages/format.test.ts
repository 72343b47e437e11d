import { describe, expect, it } from 'vitest'
import { canaryOf } from '../../../../src/deliberation/draft/preamble.ts'
import type { ProvedExample } from '../../../../src/harvest/stage.ts'
import { createFormatStage } from '../../../../src/harvest/stages/format.ts'
import { exampleOf, plant } from './plant.ts'

const stage = createFormatStage({ reasoning: true, answer: true })
const { policy, protocol } = plant(1)
const canary = canaryOf(policy.digest, protocol)
const tag = 'deliberation-0a1b2c3d4e5f'

describe.each([
  ['as it is', (text: string) => text],
  ['in capitals', (text: string) => text.toUpperCase()],
  ['with a sign that nobody sees', (text: string) => `${text.slice(0, 9)}\u200b${text.slice(9)}`],
  ['in full width', (text: string) => text.replace(/[0-9a-z]/g, wide)],
])('reasoning %s', (_, disguise) => {
  it.each([
    ['the mark of the leading message', canary],
    ['the name of a tag', tag],
  ])('that tells %s is left out', (_what, secret) => {
    const told = plant(1, { reasoning: `The reference is ${disguise(secret)}, as I see.` })
    expect(stage.apply(exampleOf(told) as ProvedExample)).toEqual({
      ok: false,
      failure: 'protocol_in_reasoning',
    })
  })
})

it('may name what the client itself has named', () => {
  const messages = [{ role: 'user', content: `What is a ${tag} for?` }]
  const asked = plant(1, { messages, reasoning: `They ask of ${tag}.` })
  expect(stage.apply(exampleOf(asked) as ProvedExample).ok).toBe(true)
})

function wide(letter: string): string {
  return String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)
}
