import { describe, expect, it } from 'vitest'
import { lifeOf } from '../../../../src/cli/keys/life-of.ts'

const NOW = Date.parse('2027-01-10T12:00:00Z')
const at = (iso: string) => Date.parse(iso)

describe('the life of a key', () => {
  it.each([
    [null, null, 'live'],
    [at('2027-02-01T00:00:00Z'), null, 'until 2027-01-31'],
    [at('2027-01-14T00:00:00Z'), null, 'until 2027-01-13 (4 d left)'],
    [at('2027-01-10T12:30:00Z'), null, 'until 2027-01-10 (30 min left)'],
    [at('2027-01-10T00:00:00Z'), null, 'ended 2027-01-09'],
    [at('2027-02-01T00:00:00Z'), at('2027-01-01T00:00:00Z'), 'revoked'],
  ])('that ends at %s, revoked at %s, is told as %s', (expires, revoked, told) => {
    expect(lifeOf({ expires, revoked }, NOW)).toBe(told)
  })
})
