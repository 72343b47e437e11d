import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { guardProcess } from '../../../../src/start/node/guard-process.node.ts'

function guard() {
  const process = new EventEmitter()
  const done: string[] = []
  guardProcess({
    process,
    report: () => done.push('told'),
    end: () => done.push('ended'),
  })
  return { done, throws: (error: unknown) => process.emit('uncaughtException', error) }
}

function assertion(place: string): Error {
  const error = Object.assign(new Error('it is false'), { code: 'ERR_ASSERTION' })
  error.stack = `AssertionError: it is false\n    at Parser.finish (${place})\n    at Socket.emit (node:events:1:1)`
  return error
}

it.each([
  ['the installed client', '/app/node_modules/undici/lib/dispatcher/client-h1.js:334:5'],
  ['the installed client, on Windows', 'C:\\app\\node_modules\\undici\\lib\\client-h1.js:334:5'],
  ["Node's own client", 'node:internal/deps/undici/undici:7388:9'],
])('an assertion of %s is told and ends nothing', (_, place) => {
  const { done, throws } = guard()
  throws(assertion(place))
  expect(done).toEqual(['told'])
})

it.each([
  ['an assertion of anybody else', assertion('/app/src/v1/relay.ts:1:1')],
  ['another error of the client', Object.assign(assertion('/undici/x.js:1:1'), { code: 'E' })],
  ['an error', new Error('a defect')],
  ['what is no error', 'a word'],
])('%s is told and ends the gateway in order', (_, error) => {
  const { done, throws } = guard()
  throws(error)
  expect(done).toEqual(['told', 'ended'])
})
