import { describe, expect, it } from 'vitest'
import { applyAnswer, readLine } from '../../../../src/cli/redactor/redactor-protocol.ts'

const nameOf = (kind: string, value: string) => `[${kind} ${value}]`
const span = (start: number, end: number, kind = 'X') => ({ start, end, kind })

describe('an answer in spans', () => {
  it.each([
    ['one', [span(0, 1)], '[X a]bc'],
    ['none', [], 'abc'],
    ['none that has a length', [span(1, 1)], 'abc'],
    ['two that overlap', [span(0, 2), span(1, 3, 'Y')], '[X ab][Y c]'],
    ['one within another', [span(1, 2, 'Y'), span(0, 3)], '[X abc]'],
    ['two in whatever order', [span(2, 3), span(0, 1)], '[X a]b[X c]'],
  ])('with %s is applied', (_, spans, expected) => {
    const answer = { id: 1, spans: [spans] }
    expect(applyAnswer(answer, ['abc'], nameOf)).toEqual({ ok: true, value: [expected] })
  })

  it('counts characters, not halves of them', () => {
    const answer = { id: 1, spans: [[span(2, 5)]] }
    expect(applyAnswer(answer, ['😀 Ada'], nameOf)).toEqual({ ok: true, value: ['😀 [X Ada]'] })
  })
})

describe('a line', () => {
  it('says what is wrong with it, and none of it', () => {
    for (const line of ['jane@roe.example', '{"id": "jane@roe.example"}', '[]']) {
      const read = readLine(line)
      expect(read.ok ? '' : read.failure).not.toMatch(/jane|^$/)
    }
  })
})
