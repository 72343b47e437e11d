import { describe, expect, it } from 'vitest'
import { ROLLOUT_UNITS } from '../../../../src/policy/section.ts'
import { unitOf } from '../../../../src/revisions/serving/unit.ts'
import { createCaller } from '../../../fakes/caller.ts'

const all = { session: 's', user: 'u', conversation: 'c' }

describe('the unit of a rollout', () => {
  it.each([
    ['a session', all, { kind: 'session', value: 's' }],
    ['a person', { user: 'u', conversation: 'c' }, { kind: 'user', value: 'u' }],
    ['a conversation', { conversation: 'c' }, { kind: 'conversation', value: 'c' }],
    ['nobody', {}, { kind: 'app', value: null }],
  ])('of a request that tells of %s first is that', async (_, said, expected) => {
    expect(await unitOf(createCaller(said))).toEqual(expected)
  })

  it.each(ROLLOUT_UNITS)('begins with %s where the policy says so', async (first) => {
    expect((await unitOf(createCaller(all), first)).kind).toBe(first)
  })

  it('falls on where a request does not tell of the policy’s own', async () => {
    const { user: _, ...nameless } = all
    expect(await unitOf(createCaller(nameless), 'user')).toEqual({
      kind: 'conversation',
      value: 'c',
    })
  })

  it.each([
    ['session', all],
    ['app', {}],
  ] as const)('asks no body where a %s is all that counts', async (first, said) => {
    const closed = () => Promise.reject(new Error('The body was read'))
    const caller = { ...createCaller(said), user: closed, conversation: closed }
    expect((await unitOf(caller, first)).kind).toBe(first)
  })
})
