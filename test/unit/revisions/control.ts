/** A policy control over an open database, with everything beside it that tests look into. */
import { type AuditEntry, createAuditLog } from '../../../src/audit/audit-log.ts'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import type { DecideCase } from '../../../src/policy/check/decided-case.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import type { PolicyControl } from '../../../src/revisions/control/control.ts'
import { createPolicyControl } from '../../../src/revisions/control/policy-control.ts'
import type { PolicyState, RevisionStore } from '../../../src/revisions/registry.ts'
import {
  createRevisionVerifier,
  type SignerKeys,
} from '../../../src/revisions/signing/verify-revision.ts'
import { createRevisionStore } from '../../../src/revisions/store.ts'
import { keySetOf, type Signer } from '../../fakes/revisions.ts'

export type TestControl = {
  readonly control: PolicyControl
  readonly store: RevisionStore
  /** Now, in milliseconds; to be moved. */
  readonly clock: { time: number }
  /** How often it was told that something has changed. */
  readonly changes: { count: number }
  readonly state: () => Promise<PolicyState>
  readonly entries: () => Promise<readonly AuditEntry[]>
}

export const NOW = Date.parse('2026-06-01T12:00:00Z')

export async function createTestControl(options: {
  readonly database: Database
  readonly signers: readonly Signer[]
  /** The bundles that are built in. */
  readonly builtIn: readonly Bundle[]
  /** Instead of the keys of the signers. */
  readonly keys?: SignerKeys
  readonly decideCase?: DecideCase
  readonly timeout?: (ms: number) => AbortSignal
}): Promise<TestControl> {
  const { database, signers, builtIn, decideCase = null, timeout } = options
  const { keys = { set: keySetOf(...signers) } } = options
  await migrate(database)
  const clock = { time: NOW }
  const changes = { count: 0 }
  const ticking = { now: () => clock.time, monotonic: () => clock.time }
  const audit = createAuditLog({ database, clock: ticking })
  const store = createRevisionStore({ database, audit, compression: streamCompression })
  const control = createPolicyControl({
    store,
    verify: createRevisionVerifier({ keys }),
    builtIn: new Map(builtIn.map((bundle) => [bundle.id, bundle])),
    decideCase,
    clock: ticking,
    random: systemRandom,
    timeout,
    onChanged() {
      changes.count++
    },
  })
  return {
    control,
    store,
    clock,
    changes,
    async state() {
      const [state] = await control.states()
      if (!state) throw new Error('There is no policy')
      return state
    },
    entries: () => audit.read(0, 1000),
  }
}
