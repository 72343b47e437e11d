import { expect, it } from 'vitest'
import { createInFlight } from '../../../../src/start/node/in-flight.ts'

it('has ended at once where nothing is kept', async () => {
  await createInFlight().ended()
})

it('waits for what kept work begins as it ends, and for work that fails', async () => {
  const inFlight = createInFlight()
  const ended: string[] = []
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  inFlight.add(Promise.reject(new Error('of whoever began it')))
  inFlight.add(
    first.promise.then(() => {
      ended.push('first')
      inFlight.add(second.promise.then(() => ended.push('second')))
    }),
  )
  const all = inFlight.ended().then(() => ended.push('all'))
  first.resolve()
  await first.promise
  await Promise.resolve()
  expect(ended).toEqual(['first'])
  second.resolve()
  await all
  expect(ended).toEqual(['first', 'second', 'all'])
})
