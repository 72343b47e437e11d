import { expect, it } from 'vitest'
import { backoff, jittered } from '../../../src/lib/backoff.ts'

it('doubles from the first wait to the longest', () => {
  const waits = [1, 2, 3, 4, 5, 50, Number.POSITIVE_INFINITY]
  expect(waits.map((tries) => backoff({ first: 400, longest: 4_000 }, tries))).toEqual([
    400, 800, 1_600, 3_200, 4_000, 4_000, 4_000,
  ])
})

it('waits the first time as after the first try', () => {
  expect(backoff({ first: 10, longest: 3_600 }, 0)).toBe(10)
})

it('is shortened by at most half', () => {
  const random = (fraction: number) => ({ hex: () => '', fraction: () => fraction })
  expect([0, 0.5, 1].map((fraction) => jittered(1_000, random(fraction)))).toEqual([
    500, 750, 1_000,
  ])
})
