/**
 * Policies in the database itself, opened when they are first asked for: to compile what is built in takes longer than all else.
 * I/O in the database; a gateway on the same database sees a change within a second.
 */
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { DecideCase } from '../../policy/check/decided-case.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import { createPolicyControl } from '../../revisions/control/policy-control.ts'
import type { RevisionStore } from '../../revisions/registry.ts'
import { createRevisionVerifier } from '../../revisions/signing/verify-revision.ts'
import type { Config } from '../../start/config.ts'
import { prepareLocalSigner } from '../../start/node/first-start.node.ts'
import type { LoadedPolicies } from '../../start/node/load-policies.node.ts'

export type OwnControlOptions = {
  readonly config: Config
  readonly store: RevisionStore
  readonly loaded: () => Promise<LoadedPolicies>
  readonly decideCase: DecideCase
}

export function createOwnControl(options: OwnControlOptions): PolicyControl {
  let opened: Promise<PolicyControl> | null = null
  const control = () => (opened ??= openControl(options))
  return {
    check: async (...asked) => (await control()).check(...asked),
    push: async (...asked) => (await control()).push(...asked),
    activate: async (...asked) => (await control()).activate(...asked),
    move: async (...asked) => (await control()).move(...asked),
    halt: async (...asked) => (await control()).halt(...asked),
    rollback: async (...asked) => (await control()).rollback(...asked),
    stop: async (...asked) => (await control()).stop(...asked),
    waiting: async (...asked) => (await control()).waiting(...asked),
    unserved: async () => (await control()).unserved(),
    states: async () => (await control()).states(),
    history: async (...asked) => (await control()).history(...asked),
    revisions: async (...asked) => (await control()).revisions(...asked),
    revision: async (...asked) => (await control()).revision(...asked),
    rejections: async (...asked) => (await control()).rejections(...asked),
    bundle: async (...asked) => (await control()).bundle(...asked),
    bundleByDigest: async (...asked) => (await control()).bundleByDigest(...asked),
    tests: async (...asked) => (await control()).tests(...asked),
  }
}

async function openControl(options: OwnControlOptions): Promise<PolicyControl> {
  const { config, store, loaded, decideCase } = options
  const { bundles } = await loaded()
  // Where nobody is named, the one of a first start on this machine signs.
  const keys = config.signers ?? (await prepareLocalSigner(config.dataDir)).keys
  return createPolicyControl({
    store,
    builtIn: new Map(bundles.map((bundle): [string, Bundle] => [bundle.id, bundle])),
    verify: createRevisionVerifier({ keys, audience: config.policyAudience }),
    decideCase,
    clock: systemClock,
    random: createPooledRandom(),
    onChanged: () => {},
  })
}
