import { describe, expect, it } from 'vitest'
import { DatabaseError } from '../../../src/database/database.ts'
import { GatewayError } from '../../../src/errors.ts'
import { placesOf } from '../../../src/lib/places.ts'

const CONTENT = 'lavender'

describe('the places of an exception', () => {
  it.each([
    ['one line', new Error(CONTENT)],
    [
      'lines that look like places',
      new Error(`x\n    at ${CONTENT} (/y.ts:1:1)\n    at ${CONTENT}`),
    ],
    ['a name of its own', new DatabaseError('rejected', `\n    at ${CONTENT}`)],
    ['a cause', new GatewayError('internal_error', { cause: new Error(`\n  at ${CONTENT}`) })],
    ['an end that is a place', new TypeError(`${CONTENT}\n    at `)],
  ])('never hold its message: %s', (_, error) => {
    const places = placesOf(error)
    expect(places).not.toContain(CONTENT)
    expect(places).toMatch(new RegExp(`^${error.name}\n {4}at .*places\\.test\\.ts`))
  })

  it('are left out where the message was altered afterwards', () => {
    const error = new Error(`x\n    at ${CONTENT}`)
    // The stack is written when it is first read.
    expect(error.stack).toContain(CONTENT)
    error.message = 'other'
    expect(placesOf(error)).toBe('Error')
  })

  it.each([[CONTENT], [null], [{ message: CONTENT }]])(
    'are the type of what is no error',
    (value) => {
      expect(placesOf(value)).toBe(typeof value)
    },
  )
})
