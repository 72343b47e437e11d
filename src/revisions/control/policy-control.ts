/**
 * What people do with policies, put together from its parts. A revision goes this way:
 *
 * 1. push (`push-revision.ts`): admitted by its signatures, its times and number, its contents, the rules and its golden
 *    cases (`admit.ts`), or refused;
 * 2. activate (`activate-revision.ts`): a new state names it (`change-state.ts`), for everyone or for a share of callers;
 * 3. serve (`serving/live-repository.ts`): every instance notices the state, proves what it names, copies it and serves it;
 * 4. pin (`serving/snapshot.ts`): a request gets a bundle and keeps it to its end;
 * 5. watch (`watching/watch-rollouts.ts`): what instances report is held to the guard rails, and a bad rollout is halted;
 * 6. roll back (`roll-back.ts`) or, by one person, stop (`stop-policy.ts`): what served before serves again, under a new number.
 *
 * I/O through the store and the ports. It never serves a request: those who do are told that something has changed.
 */

import type { Result } from '../../lib/result.ts'
import type { Bundle } from '../../policy/section.ts'
import { ActiveUnreadable, createPolicyStates } from '../policy-states.ts'
import type { UnservedPolicy } from '../registry.ts'
import { activateRevision, haltRollout } from './activate-revision.ts'
import { bounded } from './bounded-problems.ts'
import { type ControlPorts, conflict } from './change-state.ts'
import type {
  CheckReport,
  ControlFailure,
  PolicyControl,
  PolicySubmission,
  UnservedState,
} from './control.ts'
import { waitingNow } from './count-signatures.ts'
import { moveCallers } from './move-callers.ts'
import { admitPorts, pushRevision } from './push-revision.ts'
import { readContents } from './read-contents.ts'
import { rollBack } from './roll-back.ts'
import { runTests } from './run-tests.ts'
import { stopPolicy } from './stop-policy.ts'

export type PolicyControlOptions = Omit<ControlPorts, 'states'> & {
  /** The bundles that came with the program, by policy id. */
  readonly builtIn: ReadonlyMap<string, Bundle>
}

export function createPolicyControl(options: PolicyControlOptions): PolicyControl {
  const { store } = options
  const states = createPolicyStates(options)
  const ports: ControlPorts = { ...options, states }
  return {
    check: (policy, submission) => checkSubmission(ports, policy, submission),
    push: (policy, submission, actor) =>
      unlessUnreadable(pushRevision(ports, { policy, submission, actor })),
    activate: (activation, actor) => unlessUnreadable(activateRevision(ports, activation, actor)),
    move: (move, actor) => unlessUnreadable(moveCallers(ports, move, actor)),
    halt: (halt, actor) => haltRollout(ports, halt, actor),
    rollback: (rollback, actor) => unlessUnreadable(rollBack(ports, { ...rollback, actor })),
    stop: (stop, actor) => unlessUnreadable(stopPolicy(ports, { ...stop, actor })),
    waiting: (policy, records) => waitingNow(ports, policy, records),
    async unserved() {
      const [pushed, known] = await Promise.all([store.unserved(), states.all()])
      const served = new Set(known.map(({ policy }) => policy))
      const others = pushed.filter(({ policy }) => !served.has(policy))
      return Promise.all(others.map((one) => unservedState(ports, one)))
    },
    states: () => states.all(),
    history: (policy, page) => store.history(policy, page),
    revisions: (policy, page) => store.revisions(policy, page),
    revision: (policy, number) => store.revision(policy, number),
    rejections: (policy, page) => store.rejections(policy, page),
    bundle: (policy, number) => states.bundle(policy, number),
    bundleByDigest: (policy, digest) => states.bundleByDigest(policy, digest),
    async tests(policy, number) {
      const record = await store.revision(policy, number)
      return record && store.content(record.payload.testsDigest)
    },
  }
}

const NOTHING_SERVES = {
  version: 0,
  action: 'push',
  active: null,
  activeDigest: null,
  candidate: null,
  candidateDigest: null,
  percent: 0,
  shadow: false,
  reason: null,
  stopped: null,
} as const

async function unservedState(
  ports: ControlPorts,
  { policy, newest }: UnservedPolicy,
): Promise<UnservedState> {
  const { number, state, pushed: changed, pushedBy: changedBy } = newest
  const isKept = number !== null && state === 'admitted'
  const record = isKept ? await ports.store.revision(policy, number) : null
  const [waiting = null] = record ? await waitingNow(ports, policy, [record]) : []
  const told = { number, state: waiting ? ('waiting' as const) : state, waiting }
  return { policy, ...NOTHING_SERVES, changed, changedBy, newest: told }
}

async function unlessUnreadable<Value>(
  change: Promise<Result<Value, ControlFailure>>,
): Promise<Result<Value, ControlFailure>> {
  try {
    return await change
  } catch (error) {
    if (error instanceof ActiveUnreadable) return conflict(error.message)
    throw error
  }
}

async function checkSubmission(
  ports: ControlPorts,
  policy: string,
  submission: PolicySubmission,
): Promise<CheckReport> {
  const { findContent } = admitPorts(ports, policy)
  const contents = await readContents({ policy, submission, signed: null, findContent })
  if (!contents.ok) {
    const problems = bounded(contents.failure)
    return { ok: false, digest: null, testsDigest: null, problems, warnings: [], report: null }
  }
  const { bundle, testsDigest, warnings } = contents.value
  const tests = await runTests(contents.value, ports)
  return {
    ok: tests.problems.length === 0,
    digest: bundle.digest,
    testsDigest,
    problems: bounded(tests.problems),
    warnings: bounded([...warnings, ...tests.warnings]),
    report: tests.report,
  }
}
