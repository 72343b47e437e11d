import { expect, it } from 'vitest'
import {
  parseSplits,
  type Splits,
  splitOf,
} from '../../../../../src/harvest/export/examples/split.ts'
import type { JsonArray } from '../../../../../src/lib/json.ts'

const splits: Splits = { train: 80, validation: 10, test: 10 }
const turn = (content: string) => ({ role: 'user', content })

it('divides as it was asked to', () => {
  const counts = { train: 0, validation: 0, test: 0 }
  for (let index = 0; index < 10_000; index++) {
    counts[splitOf({ messages: [turn(`Question ${index}`)] }, splits)]++
  }
  expect(counts.train).toBeGreaterThan(7_800)
  expect(counts.train).toBeLessThan(8_200)
  expect(Math.abs(counts.validation - counts.test)).toBeLessThan(200)
})

it('keeps a conversation on one side, however it goes on and whatever an operator says first', () => {
  const sides = new Set(
    ['', 'Be brief.', 'Be long.'].flatMap((content) =>
      [1, 2, 3].map((turns) =>
        splitOf(
          {
            messages: [
              { role: 'system', content },
              ...Array.from({ length: turns }, (_, index) => turn(`Turn ${index}`)),
            ],
          },
          { train: 34, validation: 33, test: 33 },
        ),
      ),
    ),
  )
  expect(sides.size).toBe(1)
})

const THIRDS: Splits = { train: 34, validation: 33, test: 33 }
const sidesOf = (conversations: readonly JsonArray[]) =>
  new Set(conversations.map((messages) => splitOf({ messages }, THIRDS))).size

it('keeps one question on one side, in whatever case, spaces or parts it is written', () => {
  const written = ['How do I bake bread?', ' how do I  bake bread ', 'How do I bake bread?!\n']
  const parts = [{ role: 'user', content: [{ type: 'text', text: 'How do I bake bread?' }] }]
  expect(sidesOf([...written.map((content) => [turn(content)]), parts])).toBe(1)
})

it('divides the conversations of an app that greets first', () => {
  const greeting = { role: 'assistant', content: 'Good day! How may I help?' }
  const all = Array.from({ length: 50 }, (_, index) => [greeting, turn(`Question ${index}`)])
  expect(sidesOf(all)).toBe(3)
})

it.each(['90/5', '90/5/6', '90/5/-5', '100', '50/50/0/0', ''])('takes no %j', (text) => {
  expect(parseSplits(text)).toEqual({ ok: false, failure: { reason: 'no_splits' } })
})
