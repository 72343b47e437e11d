/**
 * The part of the composition root that keeps policies: the audit log, the revisions, who may sign them, what people do
 * with them, and what serves. Made once per process or isolate.
 */
import { type AuditLog, createAuditLog } from '../audit/audit-log.ts'
import type { DecideCase } from '../policy/check/decided-case.ts'
import type { Bundle } from '../policy/section.ts'
import type { PolicyControl } from '../revisions/control/control.ts'
import { createPolicyControl } from '../revisions/control/policy-control.ts'
import type { RevisionStore, VerifyRevision } from '../revisions/registry.ts'
import { createLiveRepository, type LiveRepository } from '../revisions/serving/live-repository.ts'
import { createPolicyCopies } from '../revisions/serving/policy-copies.ts'
import { createProofs } from '../revisions/serving/proofs.ts'
import { createRememberedSigners } from '../revisions/signing/remembered-signers.ts'
import { createSigners } from '../revisions/signing/verify-revision.ts'
import { createRevisionStore } from '../revisions/store.ts'
import type { Config } from './config.ts'
import type { Platform } from './platform.ts'

export type Policies = {
  readonly audit: AuditLog
  readonly revisions: RevisionStore
  readonly verifyRevision: VerifyRevision
  readonly control: PolicyControl
  /** What serves; to be opened. */
  readonly policies: LiveRepository
}

export type PoliciesPlatform = Pick<
  Platform,
  | 'database'
  | 'compression'
  | 'clock'
  | 'random'
  | 'telemetry'
  | 'builtIn'
  | 'localSigners'
  | 'copies'
  | 'rows'
  | 'notify'
> & {
  readonly decideCase: DecideCase | null
  /** Prepares a bundle ahead of its first request. */
  readonly warm: (bundle: Bundle) => void
  readonly warmInTurns: (bundle: Bundle) => Promise<void>
}

/** How often a process that lasts notes in its copies that the database is in reach. */
const STAMP_MS = 30_000

/** Where neither the configuration nor a first start names a signer, no revision is ever admitted. */
export function createPolicies(
  { signers, policy }: Pick<Config, 'signers' | 'policy'>,
  platform: PoliciesPlatform,
): Policies {
  const { localSigners, builtIn, copies, clock, rows } = platform
  const { metrics } = platform.telemetry
  const audit = createAuditLog(platform)
  const revisions = createRevisionStore({ ...platform, audit })
  const keys = signers ?? localSigners ?? { set: { keys: [] } }
  const { verify: verifyRevision, fetched } = createSigners(keys)
  const policies = createLiveRepository({
    ...platform,
    policy,
    store: revisions,
    verify: verifyRevision,
    copies: createPolicyCopies({ copies, clock }),
    proofs: createProofs(copies),
    remembered:
      'url' in keys ? createRememberedSigners({ url: keys.url, fetched, copies, clock }) : null,
    activated: (id, digest) => metrics.policyActivated(id, digest),
    onDemand: rows === 'behind requests',
    stampMs: rows === 'by timer' ? STAMP_MS : null,
  })
  const control = createPolicyControl({
    ...platform,
    store: revisions,
    verify: verifyRevision,
    builtIn: new Map(builtIn.map((bundle) => [bundle.id, bundle])),
    async onChanged() {
      await policies.refresh()
    },
  })
  return { audit, revisions, verifyRevision, control, policies }
}
