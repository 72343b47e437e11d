import { describe, expect, it } from 'vitest'
import { renderProgress, startProgress } from '../../../../src/cli/shell/progress.node.ts'

describe('the progress of long work', () => {
  it.each([
    [0, 1000, 0, '', '[                        ] 0/1000 (0 %), 0.0/s'],
    [
      250,
      1000,
      12.5,
      '3 changed',
      '[######                  ] 250/1000 (25 %), 12.5/s, 1 min 0 s left, 3 changed',
    ],
    [999, 1000, 250, '', '[########################] 999/1000 (99 %), 250/s, 1 s left'],
    [10, 100_000, 5, '', '[                        ] 10/100000 (0 %), 5.0/s, 5 h 33 min left'],
    [7, null, 3, '1 changed', '7 done, 3.0/s, 1 changed'],
    [0, 0, 0, '', '[########################] 0/0 (100 %), 0.0/s'],
  ])('%i of %s at %d a second', (done, total, perSecond, note, line) => {
    expect(renderProgress({ done, total, perSecond, note })).toBe(line)
  })

  it.each([
    ['a plain line in a file', null, 'a note\n'],
    ['a line drawn over, no wider than the terminal', 20, `\r\u001b[2K[${'#'.repeat(18)}\n`],
  ])('ends with %s', (_, columns, ending) => {
    let text = ''
    const stderr = (piece: string) => {
      text += piece
    }
    const options = { stderr, columns, total: 2, before: 1, note: () => 'a note' }
    const progress = startProgress(options)
    progress.step()
    progress.end()
    expect(text.slice(-ending.length)).toBe(ending)
  })
})
