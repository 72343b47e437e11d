/** A policy control that knows of no policy: for gateways whose tests look at other things. */
import { fail } from '../../src/lib/result.ts'
import type { PolicyControl } from '../../src/revisions/control/control.ts'

const NONE = Promise.resolve(fail({ reason: 'not_found', message: 'There are no policies here' }))

export const noPolicies: PolicyControl = {
  check: () => Promise.reject(new Error('There are no policies here')),
  push: () => NONE,
  activate: () => NONE,
  move: () => NONE,
  halt: () => NONE,
  rollback: () => NONE,
  stop: () => NONE,
  waiting: () => Promise.resolve([]),
  unserved: () => Promise.resolve([]),
  states: () => Promise.resolve([]),
  history: () => Promise.resolve([]),
  revisions: () => Promise.resolve([]),
  revision: () => Promise.resolve(null),
  rejections: () => Promise.resolve([]),
  bundle: () => Promise.resolve(null),
  bundleByDigest: () => Promise.resolve(null),
  tests: () => Promise.resolve(null),
}
