/** What may be done next, as it is printed after a change. */
import { describe, expect, it } from 'vitest'
import { printChange } from '../../../../src/cli/policy/policy-activate.node.ts'
import { succeed } from '../../../../src/lib/result.ts'
import type { PolicyState } from '../../../../src/revisions/registry.ts'
import { STAGED } from '../../../fakes/policy-state.ts'

const CALLERS = { tenants: ['acme'], apps: null }
const MOVED: PolicyState = {
  ...STAGED,
  action: 'move',
  candidate: null,
  candidateDigest: null,
  percent: 0,
  move: { to: 'shed', percent: 5, shadow: false, callers: CALLERS },
}

/** The commands that are printed after a change that led to this. */
function nextOf(state: PolicyState): readonly string[] {
  let told = ''
  const terminal = { stdout: false, stderr: false, columns: 80 }
  printChange(
    { before: STAGED, changed: succeed(state), url: undefined },
    {
      json: false,
      stdout: () => {},
      stderr(text) {
        told += text
      },
      environment: {},
      terminal,
      signal: new AbortController().signal,
    },
  )
  return [...told.matchAll(/npx chambers (.*)/g)].map(([, words = '']) => words)
}

describe('after a change', () => {
  it('the next share is of the callers that were just named', () => {
    expect(nextOf({ ...STAGED, callers: CALLERS })).toContain(
      'policy activate default 3 --tenant acme --percent 100',
    )
    expect(nextOf(MOVED)).toContain('policy move default shed --tenant acme --percent 100')
  })

  it.each(['activate', 'rollback', 'sign'] as const)(
    'that is none of a share (%s), no share is led on: not all of its callers may be seen',
    (action) => {
      expect(nextOf({ ...MOVED, action })).toEqual(['policy status --watch', 'policy halt default'])
    },
  )
})
