import { describe, expect, it } from 'vitest'
import { compatible } from '../../../src/text/compatible.ts'

/** One character for eighteen. */
const LIGATURE = '\ufdfa'

describe('compatible', () => {
  it('makes one of the forms of a character', () => {
    expect(compatible('ﬁ１Ａ')).toBe('fi1A')
    expect(compatible(LIGATURE)).toHaveLength(18)
  })

  it('leaves a long text as it is that would grow out of all bounds', () => {
    const long = LIGATURE.repeat(100_000)
    expect(compatible(long)).toBe(long)
    const mostly = `${'ordinary words '.repeat(10_000)}${LIGATURE.repeat(100)}`
    expect(compatible(mostly)).toHaveLength(mostly.length + 17 * 100)
  })
})
