import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { tableOf } from '../../../../src/cli/shell/table.ts'

/** The cells of a terminal before the second column of each line. */
function startsOf(table: string): readonly number[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => stringWidth(line.slice(0, line.indexOf('|'))))
}

describe('a table', () => {
  it('is as wide as its widest cells', () => {
    expect(
      tableOf(
        ['app', 'rpm'],
        [
          ['shop', '600'],
          ['a', '-'],
        ],
      ),
    ).toBe('app   rpm\nshop  600\na     -\n')
  })

  it.each([
    ['Chinese', '结账服务'],
    ['Korean', '결제'],
    ['halfwidth Katakana', 'ｼｮｯﾌﾟ'],
    ['emoji', '🛒 shop'],
    ['a family', '👩‍👩‍👧‍👦'],
    ['a flag', '🇩🇪'],
    ['combining accents', 'cafe\u0301'],
    ['a zero-width space', 'sh\u200Bop'],
  ])('begins its columns at the same cell beside %s', (_, app) => {
    const table = tableOf(
      ['app', '|rpm'],
      [
        [app, '|600'],
        ['shop', '|-'],
        ['', '|1'],
      ],
    )
    expect(new Set(startsOf(table)).size).toBe(1)
  })

  it('counts two cells for a wide letter', () => {
    expect(
      tableOf(
        ['app', 'rpm'],
        [
          ['结账', '600'],
          ['shop', '-'],
        ],
      ),
    ).toBe('app   rpm\n结账  600\nshop  -\n')
  })
})
