import { describe, expect, it } from 'vitest'
import type { RolloutUnit } from '../../../../src/policy/section.ts'
import { bucketOf } from '../../../../src/revisions/serving/bucket.ts'
import type { Unit } from '../../../../src/revisions/serving/unit.ts'

const caller = { tenant: 'acme', app: 'chat' }
const CALLERS = 10_000

const unitOfKind = (kind: RolloutUnit, index: number): Unit =>
  kind === 'app' ? { kind, value: null } : { kind, value: `person-${index}` }
/** Of so many callers of one kind, the places. */
const placesOf = (kind: RolloutUnit, rollout = 'a') =>
  Array.from({ length: CALLERS }, (_, index) =>
    bucketOf(
      kind === 'app' ? { ...caller, app: `app-${index}` } : caller,
      unitOfKind(kind, index),
      rollout,
    ),
  )
/** Four standard deviations of a share drawn so often: beyond them is one draw in sixteen thousand. */
const bounds = (percent: number) => {
  const share = percent / 100
  return 4 * Math.sqrt(CALLERS * share * (1 - share))
}

describe.each(['session', 'user', 'conversation', 'app'] as const)(
  'of ten thousand by %s',
  (kind) => {
    const places = placesOf(kind)

    it.each([1, 5, 20, 50])('as many lie below %i as chance would put there', (percent) => {
      const served = places.filter((place) => place < percent).length
      expect(Math.abs(served - (CALLERS * percent) / 100)).toBeLessThan(bounds(percent))
    })

    it('another tenth comes first in another rollout', () => {
      const others = placesOf(kind, 'b')
      const both = places.filter((place, index) => place < 10 && (others[index] ?? 0) < 10).length
      expect(Math.abs(both - CALLERS / 100)).toBeLessThan(bounds(1))
    })
  },
)

describe('a place', () => {
  it('of kinds that are mixed is below a share as often as of one kind', () => {
    const kinds = ['session', 'user', 'conversation', 'app'] as const
    const mixed = kinds.flatMap((kind, nth) =>
      placesOf(kind).filter((_, index) => index % kinds.length === nth),
    )
    const served = mixed.filter((place) => place < 20).length
    expect(Math.abs(served - CALLERS / 5)).toBeLessThan(bounds(20))
  })

  it('is in hundredths, from 0 to below 100', () => {
    const places = placesOf('user')
    expect(places.every((place) => Math.round(place * 100) / 100 === place)).toBe(true)
    expect(places.every((place) => place >= 0 && place < 100)).toBe(true)
  })

  it('is the one that programs before this one gave a session and an app', () => {
    expect([
      bucketOf(caller, { kind: 'session', value: 'one' }, 'a'),
      bucketOf(caller, { kind: 'app', value: null }, 'a'),
    ]).toEqual([70.39, 27.05])
  })

  it('is another one for each kind of the same name', () => {
    const kinds = ['session', 'user', 'conversation'] as const
    const places = kinds.map((kind) => bucketOf(caller, { kind, value: 'a' }, 'a'))
    expect(new Set(places).size).toBe(kinds.length)
  })

  it.each([
    ['session', 'tenant', false],
    ['session', 'app', false],
    ['user', 'tenant', false],
    ['user', 'app', true],
    ['conversation', 'tenant', false],
    ['conversation', 'app', false],
    ['app', 'tenant', false],
    ['app', 'app', false],
  ] as const)('of a %s in another %s is the same: %s', (kind, field, isSame) => {
    const unit = unitOfKind(kind, 1)
    const other = bucketOf({ ...caller, [field]: 'other' }, unit, 'a')
    expect(other === bucketOf(caller, unit, 'a')).toBe(isSame)
  })
})
