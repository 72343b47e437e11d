import { describe, expect, it } from 'vitest'
import { readMoment, sayRange } from '../../../src/lib/moments.ts'

describe('a moment', () => {
  it.each([
    ['2026-11-30', 'from', '2026-11-30T00:00:00.000Z'],
    ['2026-11-30', 'to', '2026-12-01T00:00:00.000Z'],
    ['2028-02-29', 'to', '2028-03-01T00:00:00.000Z'],
    ['2026-11-30T12:00:00Z', 'to', '2026-11-30T12:00:00.000Z'],
    ['2026-11-30T00:00:00Z', 'to', '2026-11-30T00:00:00.000Z'],
    ['2026-11-30T12:00', 'from', '2026-11-30T12:00:00.000Z'],
    ['2026-11-30 12:00', 'from', '2026-11-30T12:00:00.000Z'],
    ['2026-11-30t12:00:30.25z', 'from', '2026-11-30T12:00:30.250Z'],
    ['2026-11-30T01:00:00+02:00', 'from', '2026-11-29T23:00:00.000Z'],
    ['2026-11-30T23:00:00.5-01:00', 'to', '2026-12-01T00:00:00.500Z'],
  ] as const)('%s as %s is %s', (text, edge, iso) => {
    expect(new Date(readMoment(text, edge) ?? Number.NaN).toISOString()).toBe(iso)
  })

  it.each([
    '2026-02-30',
    '2026-13-01',
    '2026-11-30T25:00Z',
    '2026-02-30T12:00Z',
    'yesterday',
    '1',
    '30.11.2026',
    '2026-11',
    '2026-11-30T12:00:00+0200',
    '',
  ])('%s is none', (text) => {
    expect(readMoment(text, 'from')).toBeNull()
    expect(readMoment(text, 'to')).toBeNull()
  })
})

describe('a range that is told', () => {
  it('has the ends that were given', () => {
    const [from, to] = [readMoment('2026-11-30', 'from'), readMoment('2026-11-30', 'to')]
    expect(sayRange(from, to)).toBe('from 2026-11-30T00:00Z and before 2026-12-01T00:00Z (UTC)')
    expect(sayRange(from, null)).toBe('from 2026-11-30T00:00Z (UTC)')
    expect(sayRange(null, readMoment('2026-11-30T12:00:30.5Z', 'to'))).toBe(
      'before 2026-11-30T12:00:30.500Z (UTC)',
    )
    expect(sayRange(null, null)).toBeNull()
  })
})
