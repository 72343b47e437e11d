/** The state of a policy as a base for tests: revision 2 serves and revision 3 is staged. Alter one thing at a time. */
import type { PolicyState } from '../../src/revisions/registry.ts'

export const STAGED: PolicyState = {
  policy: 'default',
  version: 3,
  action: 'stage',
  active: 2,
  activeDigest: 'a'.repeat(64),
  candidate: 3,
  candidateDigest: 'c'.repeat(64),
  percent: 50,
  shadow: false,
  callers: null,
  move: null,
  changed: 1_800_000_000_000,
  changedBy: 'admin:ada',
  reason: null,
  stopped: null,
}
