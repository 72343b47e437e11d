import { expect, it } from 'vitest'
import { goldenCaseOf } from '../../../../../src/harvest/golden.ts'
import { precedentOf } from '../../../../../src/jobs/documents/precedents.ts'
import { exampleOf, labelOf, plant } from '../../stages/plant.ts'

const input = 'How do I bake bread?'
const request = { model: 'model-one', instructions: 'Be brief', input, store: true }
const asked = { ...plant(1, { request }), door: 'responses' }

it('a request of another contract is an example of what chat would have been asked', () => {
  const { prompt, chosen } = exampleOf(asked)
  expect(prompt).toEqual([
    { role: 'system', content: 'Be brief' },
    { role: 'user', content: input },
  ])
  expect(chosen.message.role).toBe('assistant')
})

it('a request of another contract is a precedent, and a golden case', async () => {
  expect(await precedentOf(asked)).toContain(input)
  const label = labelOf({ kind: 'wrong_decision', decision: 'refuse' })
  const golden = goldenCaseOf(asked, [label])
  expect(golden.ok ? golden.value.messages : golden).toMatchObject([
    { role: 'system' },
    { content: input },
  ])
})
