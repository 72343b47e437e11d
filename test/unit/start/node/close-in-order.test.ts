import { expect, it } from 'vitest'
import { closeInOrder } from '../../../../src/start/node/close-in-order.ts'

it('ends one after the other', async () => {
  const ended: string[] = []
  const first = Promise.withResolvers<void>()
  const closing = closeInOrder(
    [
      { what: 'rows', end: () => first.promise.then(() => ended.push('rows')) },
      { what: 'database', end: () => ended.push('database') },
    ],
    () => {},
  )
  expect(ended).toEqual([])
  first.resolve()
  await closing
  expect(ended).toEqual(['rows', 'database'])
})

it('ends what comes after a failure, tells of each, and throws the first', async () => {
  const ended: string[] = []
  const told: unknown[] = []
  const [full, gone] = [new Error('full'), new Error('gone')]
  const closing = closeInOrder(
    [
      { what: 'journal', end: () => Promise.reject(full) },
      {
        what: 'connections',
        end() {
          throw gone
        },
      },
      { what: 'database', end: () => ended.push('database') },
    ],
    (error, what) => told.push([what, error]),
  )
  await expect(closing).rejects.toBe(full)
  expect(ended).toEqual(['database'])
  expect(told).toEqual([
    ['journal', full],
    ['connections', gone],
  ])
})
