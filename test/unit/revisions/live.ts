/** A live repository over real parts (SQLite, signatures, copies in memory), with what tests turn about it in their hands. */
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { type Database, DatabaseError } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import type { Copies } from '../../../src/lib/copies.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import type { PolicyState, RevisionStore } from '../../../src/revisions/registry.ts'
import { readPayload } from '../../../src/revisions/revision.ts'
import {
  createLiveRepository,
  type LiveRepository,
  type LiveRepositoryOptions,
} from '../../../src/revisions/serving/live-repository.ts'
import { createPolicyCopies } from '../../../src/revisions/serving/policy-copies.ts'
import { renderNotice } from '../../../src/revisions/serving/policy-notice.ts'
import { createProofs } from '../../../src/revisions/serving/proofs.ts'
import { createRevisionVerifier } from '../../../src/revisions/signing/verify-revision.ts'
import { createRevisionStore } from '../../../src/revisions/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { createCaller } from '../../fakes/caller.ts'
import {
  contentOf,
  createSigner,
  keySetOf,
  type Signer,
  signedEnvelope,
} from '../../fakes/revisions.ts'
import { memoryCopies } from '../../fakes/storage.ts'

export const caller = createCaller()

const NOBODY = { actor: 'test', action: 'test', policy: null, tenant: null, details: {} }

export type Registry = {
  readonly database: Database
  readonly store: RevisionStore
  readonly signer: Signer
  /** `gone` rejects, `hanging` never answers; from now on. */
  outage: 'none' | 'gone' | 'hanging'
  /** How often the states were asked for. */
  looks: number
  readonly clock: { now(): number; monotonic(): number }
  time: number
  /** Signs and keeps a revision. */
  admit(bundle: Bundle, number: number, signer?: Signer): Promise<void>
  /** Makes the next state of the bundle's policy. */
  change(state: Partial<PolicyState> & Pick<PolicyState, 'policy'>): Promise<PolicyState>
  /** Admits and activates. */
  activate(bundle: Bundle, number: number): Promise<void>
}

export async function createRegistry(): Promise<Registry> {
  const real = openSqlite({ path: ':memory:' })
  await migrate(real)
  const signer = await createSigner('desk')
  const clock = { now: () => registry.time, monotonic: () => registry.time }
  const database: Database = {
    ...real,
    all(sql, params) {
      if (sql.includes('policy_states s')) registry.looks++
      if (registry.outage === 'gone') {
        return Promise.reject(new DatabaseError('unavailable', 'gone'))
      }
      return registry.outage === 'hanging' ? new Promise(() => {}) : real.all(sql, params)
    },
  }
  const audit = createAuditLog({ database: real, clock })
  const writer = createRevisionStore({ database: real, audit, compression: zlibCompression })
  const registry: Registry = {
    database: real,
    store: createRevisionStore({ database, audit, compression: zlibCompression }),
    signer,
    outage: 'none',
    looks: 0,
    time: 1_000_000,
    clock,
    async admit(bundle, number, by = signer) {
      const jws = await signedEnvelope({ signers: [by], bundle, number })
      const admitted = await writer.admit(
        {
          policy: bundle.id,
          number,
          digest: bundle.digest,
          payload: readPayload(jws),
          jws,
          report: {
            signers: [by.kid],
            selection: { sections: [], total: 0, failures: [] } as never,
            decisions: null,
            warnings: [],
          },
          pushed: registry.time,
          pushedBy: 'test',
        },
        { bundle: contentOf(bundle), tests: [] },
        NOBODY,
      )
      if (!admitted.ok) throw new Error(admitted.failure.reason)
    },
    async change(next) {
      const [last] = await writer.history(next.policy, { before: null, limit: 1 })
      const state: PolicyState = {
        action: 'activate',
        active: 0,
        activeDigest: '0'.repeat(64),
        candidate: null,
        candidateDigest: null,
        percent: 0,
        shadow: false,
        callers: null,
        move: null,
        changedBy: 'test',
        reason: null,
        stopped: null,
        ...last,
        version: (last?.version ?? 0) + 1,
        changed: registry.time,
        ...next,
      }
      const changed = await writer.change(state, NOBODY)
      if (!changed.ok) throw new Error(changed.failure.reason)
      return state
    },
    async activate(bundle, number) {
      await registry.admit(bundle, number)
      await registry.change({
        policy: bundle.id,
        active: number,
        activeDigest: bundle.digest,
        candidate: null,
        candidateDigest: null,
        percent: 0,
        shadow: false,
      })
    },
  }
  return registry
}

/** Packs other JSON as a copy is packed: what a tamperer would do. */
export async function repack(text: string, change: (value: never) => unknown): Promise<string> {
  const json = JSON.stringify(change(JSON.parse(text.split('\n')[1] ?? '') as never))
  return `${await sha256Hex(json)}\n${json}\n`
}

export type LiveInstance = LiveRepository & {
  /** What its operator was told. */
  readonly told: string[]
  readonly activated: string[]
  readonly warmed: string[]
}

/** One instance over a registry, not yet opened. */
export function createInstance(
  registry: Registry,
  options: Pick<LiveRepositoryOptions, 'builtIn'> &
    Partial<LiveRepositoryOptions> & { readonly kept?: Copies },
): LiveInstance {
  const told: string[] = []
  const activated: string[] = []
  const warmed: string[] = []
  const { clock, store, signer } = registry
  const kept = options.kept ?? memoryCopies()
  const repository = createLiveRepository({
    policy: options.builtIn[0]?.id ?? '',
    store,
    verify: createRevisionVerifier({ keys: { set: keySetOf(signer) } }),
    copies: createPolicyCopies({ copies: kept, clock }),
    proofs: createProofs(kept),
    remembered: null,
    clock,
    warm: ({ digest }) => warmed.push(digest),
    async warmInTurns({ digest }) {
      warmed.push(digest)
    },
    activated: (policy, digest) => activated.push(`${policy}@${digest}`),
    notify: (notice) => told.push(renderNotice(notice)),
    onDemand: false,
    stampMs: null,
    ...options,
  })
  return { ...repository, told, activated, warmed }
}
