import { expect, it } from 'vitest'
import { parseSplits, type Splits, splitOf } from '../../../src/harvest/split.ts'

const splits: Splits = { train: 80, validation: 10, test: 10 }
const turn = (content: string) => ({ role: 'user', content })

it('divides as it was asked to', () => {
  const counts = { train: 0, validation: 0, test: 0 }
  for (let index = 0; index < 10_000; index++) {
    counts[splitOf({ tenant: 'acme', messages: [turn(`Question ${index}`)] }, splits)]++
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
            tenant: 'acme',
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

it.each(['90/5', '90/5/6', '90/5/-5', '100', '50/50/0/0', ''])('takes no %j', (text) => {
  expect(parseSplits(text)).toEqual({ ok: false, failure: { reason: 'no_splits' } })
})
