import { expect, it } from 'vitest'
import { beforeTimeout } from '../../../src/lib/before-timeout.ts'

const never = new Promise<string>(() => {})

it('gives the value that came in time', async () => {
  expect(await beforeTimeout(Promise.resolve('value'), 1_000, () => 'late')).toBe('value')
})

it('gives the other value when none came', async () => {
  expect(await beforeTimeout(never, 1, () => 'late')).toBe('late')
})

it('fails as the work failed, and as the late answer fails', async () => {
  const broken = new Error('broken')
  await expect(beforeTimeout(Promise.reject(broken), 1_000, () => 'late')).rejects.toBe(broken)
  await expect(beforeTimeout(never, 1, () => Promise.reject(broken))).rejects.toBe(broken)
})
