import { expect, it } from 'vitest'
import { MIGRATIONS } from '../../../src/database/migrations.ts'

it('are numbered in order from one', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1))
})
