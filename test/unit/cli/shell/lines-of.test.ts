import { expect, it } from 'vitest'
import { linesOf } from '../../../../src/cli/shell/lines-of.ts'

const TEXT = 'one\n\n漢字 👩‍👩‍👧\r\nthe last'

it.each([TEXT, `${TEXT}\n`])('are the same wherever the pieces were cut: %j', async (text) => {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at <= bytes.length; at++) {
    async function* pieces() {
      yield bytes.slice(0, at)
      yield bytes.slice(at)
    }
    const lines: string[] = []
    for await (const line of linesOf(pieces())) lines.push(line)
    expect(lines).toEqual(['one', '', '漢字 👩‍👩‍👧\r', 'the last'])
  }
})

it('end where one is too long, and no sooner', async () => {
  async function* pieces() {
    for (const text of ['one\ntw', 'o\nthr', 'ee', 'more']) yield new TextEncoder().encode(text)
  }
  const lines: string[] = []
  const read = async () => {
    for await (const line of linesOf(pieces(), 5)) lines.push(line)
  }
  await expect(read()).rejects.toThrow(RangeError)
  expect(lines).toEqual(['one', 'two'])
})
