/** Policies: who may sign them, what people do with them, and what serves. Made once per process or isolate. */
import type { PolicyControl } from '../../revisions/control/control.ts'
import { createPolicyControl } from '../../revisions/control/policy-control.ts'
import type { RevisionStore } from '../../revisions/registry.ts'
import {
  createLiveRepository,
  type LiveRepository,
} from '../../revisions/serving/live-repository.ts'
import { createPolicyCopies } from '../../revisions/serving/policy-copies.ts'
import { createProofs } from '../../revisions/serving/proofs.ts'
import { createRememberedSigners } from '../../revisions/signing/remembered-signers.ts'
import { createSigners } from '../../revisions/signing/verify-revision.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'
import type { Heart } from './heart.ts'

export type Policies = {
  /** What serves; to be opened. */
  readonly repository: LiveRepository
  /** What people do with revisions. */
  readonly control: PolicyControl
}

export type PoliciesOptions = {
  readonly config: Pick<Config, 'signers' | 'policyAudience' | 'policy'>
  readonly platform: Pick<
    Platform,
    'clock' | 'random' | 'telemetry' | 'builtIn' | 'localSigners' | 'copies' | 'rows' | 'notify'
  >
  readonly revisions: RevisionStore
  readonly heart: Pick<Heart, 'decideCase' | 'warm' | 'warmInTurns'>
}

/** How often a process that lasts notes in its copies that the database is in reach. */
const STAMP_MS = 30_000

/** Where neither the configuration nor a first start names a signer, no revision is ever admitted. */
export function createPolicies({ config, platform, revisions, heart }: PoliciesOptions): Policies {
  const { builtIn, copies, clock, random, rows, notify } = platform
  const { metrics } = platform.telemetry
  const keys = config.signers ?? platform.localSigners ?? { set: { keys: [] } }
  const audience = config.policyAudience
  const { verify, fetched } = createSigners(keys, audience)
  const repository = createLiveRepository({
    builtIn,
    policy: config.policy,
    store: revisions,
    verify,
    copies: createPolicyCopies({ copies, clock }),
    proofs: createProofs(copies),
    remembered:
      'url' in keys
        ? createRememberedSigners({ url: keys.url, fetched, audience, copies, clock })
        : null,
    warm: heart.warm,
    warmInTurns: heart.warmInTurns,
    activated: (id, digest) => metrics.policyActivated(id, digest),
    notify,
    onDemand: rows === 'behind requests',
    stampMs: rows === 'by timer' ? STAMP_MS : null,
    clock,
  })
  const control = createPolicyControl({
    builtIn: new Map(builtIn.map((bundle) => [bundle.id, bundle])),
    store: revisions,
    verify,
    decideCase: heart.decideCase,
    clock,
    random,
    async onChanged() {
      await repository.refresh()
    },
  })
  return { repository, control }
}
