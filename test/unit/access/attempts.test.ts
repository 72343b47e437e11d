import { describe, expect, it } from 'vitest'
import { createBeginAttempt } from '../../../src/access/attempts.ts'

const build = () => {
  const clock = { nowMs: 0, now: () => 0, monotonic: () => clock.nowMs }
  const begin = createBeginAttempt({ clock, sha256: (text) => `digest of ${text}` })
  const attempt = async (address: string | null, key: string, isGood = false) => {
    try {
      const end = await begin(new Headers({ 'x-api-key': key }), address)
      end(isGood)
      return 'let in'
    } catch (error) {
      return Reflect.get(error as object, 'code')
    }
  }
  const guess = async (address: string | null, count: number) => {
    for (let round = 0; round < count; round++) await attempt(address, `guess ${round}`)
  }
  return { clock, attempt, guess }
}

describe('failed attempts', () => {
  it('are sixty a minute from one address, and more as time goes by', async () => {
    const { clock, attempt, guess } = build()
    await guess('192.0.2.1', 60)
    expect(await attempt('192.0.2.1', 'one more')).toBe('rate_limited')
    clock.nowMs += 1_000
    expect(await attempt('192.0.2.1', 'one more')).toBe('let in')
    expect(await attempt('192.0.2.1', 'one more')).toBe('rate_limited')
  })

  it('of one address take nothing from another', async () => {
    const { attempt, guess } = build()
    await guess('192.0.2.1', 60)
    expect(await attempt('192.0.2.2', 'guess')).toBe('let in')
  })

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9'],
    ['2001:db8::1', '2001:db8:0:0:1::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:50001', '192.0.2.1:50002'],
    ['[2001:db8:1:2::1]:50001', '2001:db8:1:2::2'],
  ])('of %s are those of %s: who has one has the other', async (one, other) => {
    const { attempt, guess } = build()
    await guess(one, 60)
    expect(await attempt(other, 'guess')).toBe('rate_limited')
  })

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['::1', '2001:db8::1'],
  ])('of %s are not those of %s', async (one, other) => {
    const { attempt, guess } = build()
    await guess(one, 60)
    expect(await attempt(other, 'guess')).toBe('let in')
  })

  it('do not keep out what was good, until it is not good any more', async () => {
    const { attempt, guess } = build()
    await attempt('192.0.2.1', 'good', true)
    await guess('192.0.2.1', 60)
    expect(await attempt('192.0.2.1', 'good', false)).toBe('let in')
    expect(await attempt('192.0.2.1', 'good', true)).toBe('rate_limited')
  })

  it('that succeed spend nothing', async () => {
    const { attempt } = build()
    for (let round = 0; round < 200; round++) {
      expect(await attempt('192.0.2.1', `token ${round}`, true)).toBe('let in')
    }
  })

  it('of no known address are not limited', async () => {
    const { attempt, guess } = build()
    await guess(null, 100)
    expect(await attempt(null, 'guess')).toBe('let in')
  })
})
