import { describe, expect, it } from 'vitest'
import { createCapabilityMemory } from '../../../src/deliberation/memory.ts'

describe('what is learnt of a model', () => {
  it('adds up, the latest last', () => {
    const memory = createCapabilityMemory()
    memory.learn('m', { reasoningField: true })
    memory.learn('m', { textBesideTools: false, reasoningField: false })
    expect(memory.recall('m')).toEqual({ reasoningField: false, textBesideTools: false })
  })

  it.each(['m', 'judge m', 'draft m'])('of drafts by %s says nothing of a judge', (model) => {
    const memory = createCapabilityMemory()
    memory.learn(model, { reasoningField: true })
    expect(memory.recall('m', 'judge')).toEqual({})
    expect(memory.recall(model, 'judge')).toEqual({})
  })
})
