import { describe, expect, it } from 'vitest'
import { nearest } from '../../../src/lib/nearest.ts'

describe('the nearest word', () => {
  it.each([
    ['SHM33', ['SHM3', 'GEN1'], 'SHM3'],
    ['Safe-Complete', ['comply', 'safe_complete'], 'safe_complete'],
    ['trigers', ['triggers', 'title'], 'triggers'],
    ['tilte', ['triggers', 'title'], 'title'],
    ['SHM5', ['SHM1', 'SHM2'], null],
    ['gambling', ['title'], null],
    ['', ['title'], null],
    ['x'.repeat(10_000), ['title'], null],
  ])('to %s among %j is %s', (written, known, expected) => {
    expect(nearest(written, known)).toBe(expected)
  })
})
