/** Ids of calls, there and back: distinct towards the client, the upstream's own in the next turn. */
import { expect, test } from 'vitest'
import type { ToolCall, Turn } from '../../../src/conversation/turn.ts'
import { callIds, distinctIds, originalIds } from '../../../src/model/call-ids.ts'

const call = (id: string): ToolCall => ({ id, kind: 'function', name: 'f', arguments: '{}' })
const assistant = (...ids: readonly string[]): Turn => ({
  role: 'assistant',
  content: null,
  toolCalls: ids.map(call),
})
const result = (toolCallId: string): Turn => ({ role: 'tool', content: 'done', toolCallId })
const NONE: ReadonlySet<string> = new Set()
const idsOf = (turns: readonly Turn[]) =>
  turns.map(({ toolCalls, toolCallId }) => toolCalls?.map(({ id }) => id) ?? toolCallId)

test.each([
  [['a', 'b']],
  [['a', 'a']],
  [['a', 'b', 'a', 'b', 'a']],
  [['a_same2', 'a', 'a']],
  [['a_same2', 'a_same2']],
])('%j come back as they were', (ids) => {
  const told = distinctIds(ids.map(call), NONE).map(({ id }) => id)
  expect(new Set(told).size).toBe(ids.length)
  const turns = [assistant(...told), ...told.map(result), { role: 'user', content: 'Hi' } as const]
  expect(idsOf(originalIds(turns))).toEqual([ids, ...ids, undefined])
})

test('ten thousand calls of one id differ', () => {
  const told = distinctIds(
    Array.from({ length: 10_000 }, () => call('a')),
    NONE,
  )
  expect(new Set(told.map(({ id }) => id)).size).toBe(10_000)
})

test('results in another order than their calls keep the ids that tell them apart', () => {
  const turns = [assistant('a', 'a_same2'), result('a_same2'), result('a')]
  expect(originalIds(turns)).toEqual(turns)
})

test('a result that is missing leaves the ids as the client sent them', () => {
  const turns = [assistant('a', 'a_same2'), result('a_same2')]
  expect(originalIds(turns)).toEqual(turns)
})

test('an id that comes again in every turn is another each time, and the same to its server', () => {
  const turns: Turn[] = []
  for (let round = 0; round < 5; round++) {
    turns.push({ role: 'user', content: 'Again.' })
    const told = distinctIds([call('get'), call('get')], callIds(turns)).map(({ id }) => id)
    turns.push(assistant(...told), ...told.map(result))
  }
  const told = [...callIds(turns)]
  expect(told).toHaveLength(10)
  const sent = idsOf(originalIds(turns))
    .flat()
    .filter((id) => id !== undefined)
  expect(new Set(sent)).toEqual(new Set(['get']))
})

test('results of several ids may stand in any order', () => {
  const turns = [
    assistant('a', 'b'),
    result('a'),
    result('b'),
    assistant('a_same2', 'b_same2'),
    result('b_same2'),
    result('a_same2'),
  ]
  expect(idsOf(originalIds(turns)).slice(3)).toEqual([['a', 'b'], 'b', 'a'])
})

test('an id that only looks derived is left alone', () => {
  const turns = [assistant('b', 'a_same2'), result('b'), result('a_same2')]
  expect(originalIds(turns)).toEqual(turns)
})

test('other results of the same message are no hindrance', () => {
  const turns = [assistant('a', 'b', 'a_same2'), result('b'), result('a'), result('a_same2')]
  expect(idsOf(originalIds(turns))).toEqual([['a', 'b', 'a'], 'b', 'a', 'a'])
})

test('calls of the older form have no ids', () => {
  const legacy: ToolCall = { ...call(''), kind: 'legacy' }
  expect(distinctIds([legacy, legacy], NONE)).toEqual([legacy, legacy])
})
