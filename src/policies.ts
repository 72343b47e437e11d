/**
 * The part of the composition root that keeps policies: the audit log, the revisions, who may sign them, and what people do
 * with them. Made once per process or isolate.
 */
import { type AuditLog, createAuditLog } from './audit/audit-log.ts'
import type { Config } from './config.ts'
import type { Platform } from './dependencies.ts'
import type { DecideCase } from './policy/decided-case.ts'
import type { PolicyControl } from './revisions/control.ts'
import { createPolicyControl } from './revisions/policy-control.ts'
import type { RevisionStore, VerifyRevision } from './revisions/registry.ts'
import { createRevisionStore } from './revisions/store.ts'
import { createRevisionVerifier } from './revisions/verify-revision.ts'

export type Policies = {
  readonly audit: AuditLog
  readonly revisions: RevisionStore
  readonly verifyRevision: VerifyRevision
  readonly control: PolicyControl
}

/** Where neither the configuration nor a first start names a signer, no revision is ever admitted. */
export function createPolicies(
  { signers }: Pick<Config, 'signers'>,
  platform: Pick<
    Platform,
    'database' | 'compression' | 'clock' | 'random' | 'builtIn' | 'localSigners' | 'onPolicyChanged'
  > & { readonly decideCase: DecideCase | null },
): Policies {
  const { localSigners, builtIn, onPolicyChanged } = platform
  const audit = createAuditLog(platform)
  const revisions = createRevisionStore({ ...platform, audit })
  const keys = signers ?? localSigners ?? { set: { keys: [] } }
  const verifyRevision = createRevisionVerifier({ keys })
  const control = createPolicyControl({
    ...platform,
    store: revisions,
    verify: verifyRevision,
    builtIn: new Map(builtIn.map((bundle) => [bundle.id, bundle])),
    onChanged: onPolicyChanged,
  })
  return { audit, revisions, verifyRevision, control }
}
