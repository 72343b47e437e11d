/** Calls put together: whole lists, and streams of calls in every order and cut. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { ToolCallDrafts } from '../../../src/model/tool-call-drafts.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'

const TOOLS = new Set(['get', 'get_weather', 'search', 'f', 'ff', 'gogo'])

type Item = {
  readonly index?: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string | object | null }
}

/** As `name arguments`, with the id before it where it matters. */
function assembled(deltas: readonly (readonly Item[])[], kind: 'piece' | 'whole' = 'piece') {
  const drafts = new ToolCallDrafts({ tools: TOOLS, ids: new Set() })
  for (const items of deltas) {
    const message = { tool_calls: items } as unknown as JsonObject
    if (kind === 'whole') drafts.addWhole(message)
    else drafts.addPiece(message)
  }
  let made = 0
  return drafts.finish(() => `made_${++made}`)
}

const told = (deltas: readonly (readonly Item[])[], kind?: 'piece' | 'whole') =>
  assembled(deltas, kind).map(({ name, arguments: text }) => `${name} ${text}`)
const ids = (deltas: readonly (readonly Item[])[], kind?: 'piece' | 'whole') =>
  assembled(deltas, kind).map(({ id }) => id)

const item = (name: string | undefined, text?: string | null, rest: Partial<Item> = {}): Item => ({
  ...rest,
  function: { ...(name !== undefined && { name }), ...(text !== undefined && { arguments: text }) },
})

describe('a whole list', () => {
  test.each<readonly [string, Partial<Item>, Partial<Item>]>([
    ['one id', { id: 'get' }, { id: 'get' }],
    ['one index', { index: 0 }, { index: 0 }],
    ['one id and one index', { id: 'a', index: 0 }, { id: 'a', index: 0 }],
    ['nothing', {}, {}],
  ])('two calls with %s are two', (_name, one, other) => {
    const list = [item('get', '{"a":1}', one), item('get', '{"a":2}', other)]
    expect(told([list], 'whole')).toEqual(['get {"a":1}', 'get {"a":2}'])
  })

  test('equal calls are two all the same', () => {
    const call = item('get', '{}', { id: 'a', index: 0 })
    expect(told([[call, call]], 'whole')).toEqual(['get {}', 'get {}'])
  })

  test('an entry that says nothing is none', () => {
    expect(told([[{}, item('', ''), item('f', '')]], 'whole')).toEqual(['f '])
  })
})

describe('a stream', () => {
  test.each<readonly [string, readonly Item[], readonly string[]]>([
    [
      'two whole calls of one tool, one index, no id',
      [item('f', '{"a":1}', { index: 0 }), item('f', '{"a":2}', { index: 0 })],
      ['f {"a":1}', 'f {"a":2}'],
    ],
    [
      'two calls of one tool that open without arguments',
      [item('f', '', { index: 0 }), item(undefined, '{}'), item('f', ''), item(undefined, '{}')],
      ['f {}', 'f {}'],
    ],
    [
      'one id under two indexes',
      [item('f', '{"a":1}', { index: 0, id: 'f' }), item('f', '{"a":2}', { index: 1, id: 'f' })],
      ['f {"a":1}', 'f {"a":2}'],
    ],
    [
      'one id for all, and no index',
      [item('f', '{"a":1}', { id: 'x' }), item('f', '{"a":2}', { id: 'x' })],
      ['f {"a":1}', 'f {"a":2}'],
    ],
    [
      'the name again at the end',
      [item('f', '{"a":'), item('f', '1}'), item('f', ''), item('f')],
      ['f {"a":1}'],
    ],
    [
      'an empty object before the arguments',
      [item('f', '{}'), item(undefined, '{"a"'), item(undefined, ':1}')],
      ['f {"a":1}'],
    ],
    ['a name in pieces', [item('get_'), item('wea', ''), item('ther', '{}')], ['get_weather {}']],
    ['a name of two equal halves', [item('go'), item('go', '{}')], ['gogo {}']],
    ['a name before its arguments, twice', [item('f', ''), item('f', '{}')], ['f {}']],
    [
      'two tools without arguments, nothing to tell them apart but their names',
      [item('f', '', { index: 0 }), item('search', '', { index: 0 })],
      ['f ', 'search '],
    ],
    [
      'an id before its name',
      [{ index: 0, id: 'a' }, item('f', '', { index: 0 }), item(undefined, '{}', { index: 0 })],
      ['f {}'],
    ],
    [
      'arguments that begin before the name',
      [item(undefined, '{"a"', { index: 0, id: 'a' }), item('f', ':1}', { index: 0 })],
      ['f {"a":1}'],
    ],
    [
      'ids that go to and fro under one index',
      [
        item('f', '{"a"', { index: 0, id: 'a' }),
        item('f', '{"b"', { index: 0, id: 'b' }),
        item(undefined, ':1}', { index: 0, id: 'a' }),
        item(undefined, ':2}', { index: 0, id: 'b' }),
      ],
      ['f {"a":1}', 'f {"b":2}'],
    ],
    [
      'indexes that do not begin at 0',
      [item('f', '{}', { index: 3 }), item('f', '{}', { index: 7 })],
      ['f {}', 'f {}'],
    ],
  ])('%s', (_name, items, calls) => {
    expect(told(items.map((one) => [one]))).toEqual(calls)
    expect(told([items])).toEqual(calls)
  })
})

describe('ids', () => {
  test('of one message differ, whatever the server said', () => {
    const list = ['a', 'a', 'a_same2', 'a', ''].map((id) => item('f', '{}', { id }))
    expect(ids([list], 'whole')).toEqual(['a', 'a_same3', 'a_same2', 'a_same4', 'made_1'])
  })

  test('that could be a sentence are replaced', () => {
    expect(ids([[item('f', '{}', { id: 'the user wants' })]], 'whole')).toEqual(['made_1'])
  })
})

test('a call that stands in no list is one', () => {
  const drafts = new ToolCallDrafts({ tools: TOOLS, ids: new Set() })
  drafts.addWhole({ tool_calls: { id: 'a', function: { name: 'f', arguments: '{}' } } })
  expect(drafts.finish(() => 'id').map(({ id }) => id)).toEqual(['a'])
})

test('too many calls are told, not kept', () => {
  const drafts = new ToolCallDrafts({ tools: TOOLS, ids: new Set() })
  drafts.addWhole({ tool_calls: Array.from({ length: 5000 }, () => ({ function: { name: 'f' } })) })
  expect(drafts.isOverfull).toBe(true)
  expect(drafts.finish(() => 'id').length).toBeLessThan(5000)
})

describe('streams of calls in every order and cut', () => {
  const { fraction } = createSeededRandom(11)
  const below = (limit: number): number => Math.floor(fraction() * limit)
  const oneOf = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value

  const cut = (text: string): readonly string[] => {
    const pieces: string[] = []
    for (let rest = text; rest !== ''; ) {
      const length = 1 + below(rest.length)
      pieces.push(rest.slice(0, length))
      rest = rest.slice(length)
    }
    return pieces
  }

  const texts = ['{}', '{"a":"}{"}', '{"q":"\\"{["}', '{"a":[{"b":1},{}],"c":null}', '{"é":"\\\\"}']

  /** How a server marks its pieces; enough to tell the calls apart, or nothing goes to and fro. */
  const marks = [
    { index: 'own', id: 'none' },
    { index: 'own', id: 'first' },
    { index: 'own', id: 'same' },
    { index: 'zero', id: 'each' },
    { index: 'none', id: 'each' },
    { index: 'zero', id: 'first' },
    { index: 'zero', id: 'none' },
    { index: 'none', id: 'same' },
    { index: 'none', id: 'none' },
  ] as const

  test.each(marks)('index $index, id $id', ({ index, id }) => {
    const mayMix = index === 'own' || id === 'each'
    for (let round = 0; round < 300; round++) {
      const calls = Array.from({ length: 1 + below(5) }, () => ({
        name: oneOf([...TOOLS].filter((name) => name.length > 2)),
        text: oneOf(texts),
      }))
      const naming = oneOf(['once', 'pieces', 'each'] as const)
      const queues = calls.map(({ name, text }, at) => {
        const names = naming === 'pieces' ? cut(name) : [name]
        const opening = names.map((part) => item(part, oneOf([undefined, null, ''])))
        const rest = cut(text).map((part) => item(naming === 'each' ? name : undefined, part))
        return [...opening, ...rest].map((one, number) => ({
          ...one,
          ...(index !== 'none' && { index: index === 'own' ? at : 0 }),
          ...((id === 'each' || (id === 'first' && number === 0)) && { id: `call_${at}` }),
          ...(id === 'same' && { id: 'call' }),
        }))
      })
      const pieces: Item[] = []
      // The calls begin in order; what follows their beginnings may mix.
      if (mayMix) for (const queue of queues) pieces.push(queue.shift() as Item)
      while (queues.some((queue) => queue.length > 0)) {
        const open = queues.filter((queue) => queue.length > 0)
        pieces.push((mayMix ? oneOf(open) : open[0])?.shift() as Item)
      }
      const deltas: Item[][] = [[]]
      for (const piece of pieces) {
        if (below(3) > 0) deltas.push([])
        deltas.at(-1)?.push(piece)
      }
      const meant = calls.map(({ name, text }) => `${name} ${text}`)
      expect(told(deltas), JSON.stringify(deltas)).toEqual(meant)
      expect(new Set(ids(deltas)).size).toBe(calls.length)
    }
  })
})
