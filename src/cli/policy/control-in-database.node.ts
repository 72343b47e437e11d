/**
 * Policies in the database itself, for the machine that holds it. I/O in the database. What it changes is verified,
 * tested and audited as by a gateway; gateways on the same database see it within a second.
 */
import { createAuditLog } from '../../audit/audit-log.ts'
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import { createPolicyControl } from '../../revisions/control/policy-control.ts'
import type { RevisionRecord } from '../../revisions/registry.ts'
import { createRevisionVerifier, type SignerKeys } from '../../revisions/signing/verify-revision.ts'
import { createRevisionStore } from '../../revisions/store.ts'
import { createInstanceStore } from '../../revisions/watching/instances.ts'
import { createReadStatus } from '../../revisions/watching/read-status.ts'
import type { Config } from '../../start/config.ts'
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { type ListedRevision, type OpenControl, PAGE } from './control.ts'

export async function openControlInDatabase(
  config: Config,
  keys: SignerKeys,
): Promise<OpenControl> {
  const { bundles } = await loadPolicies()
  const database = await openDatabase(config)
  const clock = systemClock
  const audit = createAuditLog({ database, clock })
  const control = createPolicyControl({
    store: createRevisionStore({ database, audit, compression: zlibCompression }),
    builtIn: new Map(bundles.map((bundle) => [bundle.id, bundle])),
    verify: createRevisionVerifier({ keys }),
    decideCase: null,
    clock,
    random: createPooledRandom(),
    onChanged: () => {},
  })
  const readStatus = createReadStatus({
    store: createInstanceStore(database),
    heartbeat: null,
    states: () => control.states(),
    async findBundle(policy, digest) {
      const state = (await control.states()).find((one) => one.policy === policy)
      const bundle = state ? await control.bundle(policy, state.active) : null
      return bundle?.digest === digest ? bundle : null
    },
    clock,
  })
  const actor = cliActor()
  return {
    ...control,
    history: (policy, limit) => control.history(policy, { before: null, limit }),
    rejections: (policy, limit) => control.rejections(policy, { before: null, limit }),
    push: (policy, submission) => control.push(policy, submission, actor),
    activate: (activation) => control.activate(activation, actor),
    halt: (halt) => control.halt({ ...halt, reason: null }, actor),
    rollback: (rollback) => control.rollback(rollback, actor),
    revisions: async (policy, page) => (await control.revisions(policy, page)).map(toListed),
    status: readStatus,
    async *audit() {
      let after = 0
      for (;;) {
        const entries = await audit.read(after, PAGE)
        yield* entries
        after = entries.at(-1)?.seq ?? after
        if (entries.length < PAGE) return
      }
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

function toListed(record: RevisionRecord): ListedRevision {
  const { policy, number, digest, payload, report, pushed, pushedBy } = record
  return { policy, number, digest, payload, signers: report.signers, pushed, pushedBy }
}
