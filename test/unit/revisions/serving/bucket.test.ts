import { describe, expect, it } from 'vitest'
import type { Caller } from '../../../../src/policy/repository.ts'
import { bucketOf } from '../../../../src/revisions/serving/bucket.ts'

const caller: Caller = { tenant: 'acme', app: 'chat', session: null }
const sessions = Array.from({ length: 20_000 }, (_, index) => ({
  ...caller,
  session: `session-${index}`,
}))

describe('a caller’s bucket', () => {
  it.each([1, 5, 25, 50, 90])(
    'lies below %i for about as many of a hundred sessions',
    (percent) => {
      const served = sessions.filter((one) => bucketOf(one, 'a') < percent).length
      expect(Math.abs((served / sessions.length) * 100 - percent)).toBeLessThan(1)
    },
  )

  it('is the same for the same caller and candidate', () => {
    expect(bucketOf({ ...caller }, 'a')).toBe(bucketOf(caller, 'a'))
  })

  it.each([
    ['tenant', { tenant: 'other' }],
    ['app', { app: 'other' }],
    ['session', { session: 'one' }],
  ])('differs with the %s', (_, altered) => {
    expect(bucketOf({ ...caller, ...altered }, 'a')).not.toBe(bucketOf(caller, 'a'))
  })

  it('puts other sessions first for another candidate', () => {
    const first = sessions.filter((one) => bucketOf(one, 'a') < 10)
    const both = first.filter((one) => bucketOf(one, 'b') < 10)
    expect(both.length / first.length).toBeLessThan(0.15)
  })
})
