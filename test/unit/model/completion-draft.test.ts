/** Choices of a reply: told apart by their lists, their indexes, and by where one has ended. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { reveal } from '../../../src/lib/opaque.ts'
import { CompletionDraft } from '../../../src/model/completion-draft.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'

const textsOf = (
  kind: 'piece' | 'whole',
  chunks: readonly (readonly object[])[],
  choices = 2,
): readonly string[] | string => {
  const draft = new CompletionDraft({ choices, tools: new Set(), ids: new Set() })
  for (const chunk of chunks) draft.add({ choices: chunk } as unknown as JsonObject, kind)
  const reply = draft.finish({ wasStream: kind === 'piece', createId: () => 'id' })
  if (!reply.ok) return reply.failure.reason
  return reply.value.choices.map(({ index, output }) => {
    const text = reveal(output).map((segment) => segment.text)
    return `${index} ${text.join('')}`
  })
}

const message = (content: string, rest: object = {}) => ({
  ...rest,
  message: { role: 'assistant', content },
  finish_reason: 'stop',
})
const delta = (content: string, rest: object = {}) => ({ delta: { content }, ...rest })
const opening = (content: string, rest: object = {}) => ({
  delta: { role: 'assistant', content },
  ...rest,
})
const closing = (rest: object = {}) => ({ delta: {}, finish_reason: 'stop', ...rest })

describe('a whole reply', () => {
  test.each([
    ['no index', [message('A'), message('B')]],
    ['index 0 for both', [message('A', { index: 0 }), message('B', { index: 0 })]],
    ['their indexes, in another order', [message('B', { index: 1 }), message('A', { index: 0 })]],
    ['indexes from 1', [message('A', { index: 1 }), message('B', { index: 2 })]],
    ['one index of two', [message('A'), message('B', { index: 0 })]],
  ])('two choices with %s', (_name, choices) => {
    expect(textsOf('whole', [choices])).toEqual(['0 A', '1 B'])
  })
})

test('the calls of the one choice that was asked for may stand in an entry of their own', () => {
  const call = { function: { name: 'f', arguments: '{}' } }
  const calls = { message: { role: 'assistant', tool_calls: [call] }, finish_reason: 'tool_calls' }
  const draft = new CompletionDraft({ choices: 1, tools: new Set(), ids: new Set() })
  draft.add({ choices: [message('A'), calls] } as unknown as JsonObject, 'whole')
  const reply = draft.finish({ wasStream: false, createId: () => 'id' })
  const choices = reply.ok ? reply.value.choices : []
  expect(choices.map(({ toolCalls }) => toolCalls.length)).toEqual([1])
})

describe('a stream', () => {
  test.each<readonly [string, readonly (readonly object[])[]]>([
    [
      'with no index, side by side',
      [
        [delta('A'), delta('B')],
        [delta('a'), delta('b')],
        [closing(), closing()],
      ],
    ],
    [
      'all of index 0, side by side',
      [
        [delta('A', { index: 0 }), delta('B', { index: 0 })],
        [delta('a', { index: 0 }), delta('b', { index: 0 })],
        [closing({ index: 0 }), closing({ index: 0 })],
      ],
    ],
    [
      'all of index 0, one after the other',
      [[opening('A')], [delta('a')], [closing()], [opening('B')], [delta('b')], [closing()]],
    ],
    [
      'with no index, one after the other, each whole in a chunk',
      [[opening('Aa', { finish_reason: 'stop' })], [opening('Bb', { finish_reason: 'stop' })]],
    ],
  ])('two choices %s', (_name, chunks) => {
    expect(textsOf('piece', chunks)).toEqual(['0 Aa', '1 Bb'])
  })

  test('one choice alone goes on after its finish', () => {
    const chunks = [[opening('A', { finish_reason: 'stop' })], [opening('a')], [closing()]]
    expect(textsOf('piece', chunks, 1)).toEqual(['0 Aa'])
  })

  test('choices that nothing tells apart do not run together', () => {
    const mixed = [
      [opening('A')],
      [delta('B')],
      [delta('a')],
      [closing()],
      [delta('b')],
      [closing()],
    ]
    expect(textsOf('piece', mixed)).toBe('model_unreadable')
  })

  test('a last chunk sent twice begins nothing', () => {
    const chunks = [[opening('A')], [closing()], [opening('', { finish_reason: 'stop' })]]
    expect(textsOf('piece', chunks)).toEqual(['0 A'])
  })
})

describe('streams of choices in every cut', () => {
  const { fraction } = createSeededRandom(12)
  const below = (limit: number): number => Math.floor(fraction() * limit)

  /** A choice as the entries of its chunks: a role with the first text, more text, an end. */
  const entriesOf = (text: string, rest: object): object[] => {
    const pieces = text.match(new RegExp(`.{1,${1 + below(5)}}`, 'g')) ?? []
    const [first = '', ...others] = pieces
    return [opening(first, rest), ...others.map((piece) => delta(piece, rest)), closing(rest)]
  }

  /** Places entries in chunks: several at once, or one in each. */
  const forms = {
    'own indexes, in any order': (texts: readonly string[]) => {
      const queues = texts.map((text, index) => entriesOf(text, { index }))
      const chunks: object[][] = []
      while (queues.some((queue) => queue.length > 0)) {
        const open = queues.filter((queue) => queue.length > 0)
        chunks.push([open[below(open.length)]?.shift() ?? {}])
      }
      return chunks
    },
    'index 0 for all, one after the other': (texts: readonly string[]) =>
      texts.flatMap((text) => entriesOf(text, { index: 0 }).map((entry) => [entry])),
    'no index, one after the other': (texts: readonly string[]) =>
      texts.flatMap((text) => entriesOf(text, {}).map((entry) => [entry])),
    'no index, side by side': (texts: readonly string[]) => {
      const queues = texts.map((text) => entriesOf(text, {}))
      const length = Math.max(...queues.map((queue) => queue.length))
      return Array.from({ length }, (_, at) => queues.map((queue) => queue[at] ?? {}))
    },
  }

  test.each(Object.entries(forms))('%s', (_name, write) => {
    for (let round = 0; round < 200; round++) {
      const texts = Array.from({ length: 1 + below(4) }, (_, at) => `Answer ${at} is it.`)
      const found = textsOf('piece', write(texts), texts.length)
      const meant = texts.map((text, at) => `${at} ${text}`)
      expect(Array.isArray(found) ? found : [found]).toEqual(meant)
    }
  })
})

test('more choices than anybody may ask for are not read on', () => {
  const choices = Array.from({ length: 200 }, () => message('A'))
  expect(textsOf('whole', [choices], 128)).toBe('model_unreadable')
})

test.each<[object, string | undefined]>([
  [{ stop_reason: 'END' }, 'END'],
  [{ matched_stop: 'END' }, 'END'],
  [{ stop_reason: null, matched_stop: 151645 }, undefined],
])('a choice tells which text it stopped at: %j', (fields, told) => {
  const draft = new CompletionDraft({ choices: 1, tools: new Set(), ids: new Set() })
  draft.add({ choices: [message('A', fields)] } as unknown as JsonObject, 'whole')
  const reply = draft.finish({ wasStream: false, createId: () => 'id' })
  expect(reply.ok && reply.value.choices[0]?.stoppedAt).toBe(told)
})
