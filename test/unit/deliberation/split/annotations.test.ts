/** Citations of the released text: placed in it, or left out. */
import { expect, test } from 'vitest'
import type { CompletionChoice, Segment } from '../../../../src/conversation/model.ts'
import { citationsOf } from '../../../../src/deliberation/split/annotations.ts'
import type { JsonArray } from '../../../../src/lib/json.ts'
import { Opaque } from '../../../../src/lib/opaque.ts'

const HIDDEN = '<deliberation-1>Think.</deliberation-1>\n'
const ANSWER = 'Emma is by Austen.'

const choiceOf = (segments: readonly Segment[], annotations: JsonArray | null) =>
  ({
    output: new Opaque(segments),
    annotations,
  }) as CompletionChoice
const content = (text: string): Segment => ({ channel: 'content', text })
const cites = (place: object, rest: object = {}) => ({
  type: 'url_citation',
  url_citation: { url: 'https://example.org/emma', title: 'Emma', ...place, ...rest },
})
const at = (from: number, to: number) => ({ start_index: from, end_index: to })

test('are counted from where the answer begins', () => {
  const from = HIDDEN.length
  const choice = choiceOf([content(HIDDEN), content(ANSWER)], [cites(at(from, from + 4))])
  expect(citationsOf(choice, ANSWER)).toEqual([cites(at(0, 4))])
})

test('stay as they are where all of the content is the answer', () => {
  const choice = choiceOf(
    [{ channel: 'reasoning', text: 'Think.' }, content(ANSWER)],
    [cites(at(0, 4)), cites({})],
  )
  expect(citationsOf(choice, ANSWER)).toEqual([cites(at(0, 4)), cites(at(0, 0))])
})

test.each<readonly [string, JsonArray]>([
  ['of hidden text', [cites(at(3, 9))]],
  ['that begin in hidden text', [cites(at(3, 60))]],
  ['that end behind the answer', [cites(at(HIDDEN.length, 500))]],
  ['without a place', [cites({})]],
  ['without an address', [cites(at(45, 50), { url: 'the user wants' })]],
  ['of another scheme', [cites(at(45, 50), { url: 'javascript:alert(1)' })]],
  ['of another kind', [{ type: 'file', file: { content: 'a thought' } }]],
])('%s are left out', (_name, annotations) => {
  expect(citationsOf(choiceOf([content(HIDDEN + ANSWER)], annotations), ANSWER)).toEqual([])
})

test('are left out where the answer stands nowhere in the content', () => {
  expect(citationsOf(choiceOf([content(ANSWER)], [cites(at(0, 4))]), 'Persuasion')).toEqual([])
})

test('lose what no contract names', () => {
  const choice = choiceOf([content(ANSWER)], [cites(at(0, 4), { content: 'a page' })])
  expect(JSON.stringify(citationsOf(choice, ANSWER))).not.toContain('a page')
})
