/**
 * What serves each policy, and how each stands with the database: states in, proved snapshots out. I/O through the sources.
 * Whatever is wrong with one policy, its last good snapshot serves and no other policy waits for it. What serves is
 * swapped in one assignment.
 */
import type { Clock } from '../../lib/clock.ts'
import { fail } from '../../lib/result.ts'
import type { PolicyStatus } from '../../policy/repository.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyState } from '../registry.ts'
import type { RememberedSigners } from '../signing/remembered-signers.ts'
import type { CommittedNumbers } from './committed.ts'
import type { PolicyCopies } from './policy-copies.ts'
import type { CopyProblem, PolicyNotice } from './policy-notice.ts'
import type { RevisionSource } from './prove.ts'
import { trustOf } from './prove-signatures.ts'
import type { SourceProblem, Trust } from './proven.ts'
import type { ProvenState, Prover } from './prover.ts'
import { createSnapshot, describeSnapshot, isSameState, type Snapshot } from './snapshot.ts'

/** One look at the states: counted, because a later one may be answered first. */
export type Reading = { readonly number: number; readonly beganMs: number }

export type ServedPoliciesOptions = {
  readonly builtIn: ReadonlyMap<string, Bundle>
  readonly prover: Prover
  readonly committed: CommittedNumbers
  readonly copies: PolicyCopies
  readonly clock: Clock
  /** Prepares a bundle ahead of its first request. */
  readonly warm: (bundle: Bundle) => void
  /** Told when a bundle begins to serve. */
  readonly activated: (policy: string, digest: string) => void
  readonly notify: (notice: PolicyNotice) => void
  /** Null where the keys of signers are given, and never out of reach. */
  readonly remembered: Pick<RememberedSigners, 'ageMs'> | null
}

export interface ServedPolicies {
  get(policy: string): Snapshot | undefined
  /** Why the policy is not served as the database has it; null where it is. */
  problem(policy: string): SourceProblem | null
  /** Serves what the states name, as far as it can be proved. */
  settle(states: readonly PolicyState[], reading: Reading): Promise<void>
  /** Serves what the copies hold of the policies that were committed or staged, and what is built in of the others. */
  serveCopies(): Promise<void>
  /** Looks again at the signatures of what serves; true where all are good by the keys of now. It never rejects. */
  recheck(): Promise<boolean>
  /** By policy, what began to serve and is not in the copies; whoever has written it there deletes it. */
  readonly unkept: Map<string, ProvenState>
  status(source: { readonly away: boolean; readonly reachedMs: number }): readonly PolicyStatus[]
}

/** How one policy stands with the database. */
type Standing = {
  /** The latest reading that told of it, and the version it told. */
  reading: number
  version: number
  problem: SourceProblem | null
  /** When all was last well. */
  goodMs: number
  /** What was refused is not tried again before. */
  retryAtMs: number
  isCopyTried: boolean
  /** What it is served by. */
  proven: ProvenState | null
  trust: Trust
}

const RETRY_MS = 2_000
/** The word for what is live although nobody who may sign today has signed it. */
const RETIRED = 'signer_retired'

export function createServedPolicies(options: ServedPoliciesOptions): ServedPolicies {
  const { builtIn, prover, committed, copies, clock, notify } = options
  const standings = new Map<string, Standing>()
  const unkept = new Map<string, ProvenState>()
  let served: ReadonlyMap<string, Snapshot> = new Map()

  const standingOf = (policy: string): Standing => {
    const known = standings.get(policy)
    if (known) return known
    const goodMs = clock.monotonic()
    const made: Standing = {
      reading: 0,
      version: 0,
      problem: null,
      goodMs,
      retryAtMs: 0,
      isCopyTried: false,
      proven: null,
      trust: 'current',
    }
    standings.set(policy, made)
    return made
  }

  const swap = (policy: string, snapshot: Snapshot): void => {
    const before = served.get(policy)
    served = new Map(served).set(policy, snapshot)
    const { digest } = snapshot.active
    if (before?.active.digest !== digest) options.activated(policy, digest)
  }

  /** False where the program has no such policy. */
  const serveBuiltIn = (policy: string): boolean => {
    const bundle = builtIn.get(policy)
    if (!bundle) return false
    const now = served.get(policy)
    if (now?.active === bundle && now.state === null) return true
    options.warm(bundle)
    swap(policy, createSnapshot(null, bundle, null))
    return true
  }

  const prove = async (state: PolicyState, source?: RevisionSource) => {
    const replayed = committed.replayed(state)
    if (replayed) return fail(replayed)
    // A bundle that breaks what is made of it must not break the look at the others.
    return prover.prove(state, source).catch(() => fail('content_malformed'))
  }

  const markTrust = (policy: string, proven: ProvenState): void => {
    const standing = standingOf(policy)
    const trust = trustOf(proven.revisions)
    const isNews = standing.trust !== trust
    standing.proven = proven
    standing.trust = trust
    if (isNews) notify({ kind: 'signers', policy, trust })
  }

  const serve = (state: PolicyState, proven: ProvenState): void => {
    committed.learn(state.policy, { number: state.active, digest: state.activeDigest })
    swap(state.policy, proven.snapshot)
    markTrust(state.policy, proven)
  }

  const serveCopy = async (policy: string): Promise<CopyProblem | null> => {
    const copy = await copies.readPolicy(policy)
    if (copy === null) return 'copy_missing'
    if (copy === 'unreadable') return 'copy_unreadable'
    const proven = await prove(copy.state, copy.source)
    if (!proven.ok) return proven.failure
    if (!served.has(policy)) serve(copy.state, proven.value)
    return null
  }

  const tryCopy = async (policy: string): Promise<void> => {
    const standing = standingOf(policy)
    if (served.has(policy) || standing.isCopyTried) return
    standing.isCopyTried = true
    const problem = await serveCopy(policy).catch(() => 'copies_unavailable' as const)
    if (problem) notify({ kind: 'copy_refused', policy, problem })
  }

  const markWell = (policy: string, { beganMs }: Reading): void => {
    const standing = standingOf(policy)
    if (standing.problem !== null) notify({ kind: 'live', policy })
    standing.problem = null
    standing.goodMs = beganMs
  }

  const markUnwell = (policy: string, problem: SourceProblem): void => {
    const standing = standingOf(policy)
    const isNews = standing.problem !== problem
    standing.problem = problem
    standing.retryAtMs = clock.monotonic() + RETRY_MS
    if (isNews) notify({ kind: 'cached', policy, problem, served: served.has(policy) })
  }

  /** True for what an earlier reading brought once a later one has told of a newer version. */
  const isOutdated = ({ policy, version }: PolicyState, { number }: Reading): boolean => {
    const standing = standingOf(policy)
    return number < standing.reading && version < standing.version
  }

  const settleOne = async (state: PolicyState, reading: Reading): Promise<void> => {
    const { policy, version } = state
    if (isOutdated(state, reading)) return
    const standing = standingOf(policy)
    const isRefused = standing.problem !== null && standing.version === version
    standing.reading = Math.max(standing.reading, reading.number)
    standing.version = version
    if (isSameState(served.get(policy)?.state ?? null, state)) return markWell(policy, reading)
    if (isRefused && clock.monotonic() < standing.retryAtMs) return
    const proven = await prove(state)
    // Another reading may have told of a newer one in the meantime.
    if (isOutdated(state, reading)) return
    if (!proven.ok) {
      await tryCopy(policy)
      const isServed = isSameState(served.get(policy)?.state ?? null, state)
      return isServed ? markWell(policy, reading) : markUnwell(policy, proven.failure)
    }
    serve(state, proven.value)
    unkept.set(policy, proven.value)
    markWell(policy, reading)
  }

  /** A policy of which the database says nothing: one that is built in, or one that it should know. */
  const settleUnstated = async (policy: string, reading: Reading): Promise<void> => {
    const standing = standingOf(policy)
    if (reading.number < standing.reading) return
    standing.reading = reading.number
    standing.version = 0
    if (committed.highest(policy) > 0) {
      await tryCopy(policy)
      markUnwell(policy, 'number_replayed')
    } else if (serveBuiltIn(policy)) markWell(policy, reading)
  }

  const servedProven = (): readonly (readonly [string, ProvenState])[] =>
    [...served].flatMap(([policy, snapshot]) => {
      const proven = standings.get(policy)?.proven
      return proven?.snapshot === snapshot ? [[policy, proven] as const] : []
    })

  return {
    unkept,
    get: (policy) => served.get(policy),
    problem: (policy) => standings.get(policy)?.problem ?? null,
    async settle(states, reading) {
      const stated = new Set(states.map(({ policy }) => policy))
      const others = new Set([...builtIn.keys(), ...committed.all().keys()])
      await Promise.all([
        ...states.map((state) => settleOne(state, reading)),
        ...[...others]
          .filter((policy) => !stated.has(policy))
          .map((policy) => settleUnstated(policy, reading)),
      ])
    },
    async serveCopies() {
      await Promise.all([...committed.all().keys()].map(tryCopy))
      for (const policy of builtIn.keys()) {
        if (!served.has(policy) && committed.highest(policy) === 0) serveBuiltIn(policy)
      }
    },
    async recheck() {
      for (const [policy, proven] of servedProven()) {
        const rechecked = await prover.recheck(proven)
        if (served.get(policy) !== proven.snapshot) continue
        markTrust(policy, rechecked)
        // What was not yet to be noted as proved may be now.
        if (trustOf(proven.revisions) === 'remembered') unkept.set(policy, rechecked)
      }
      return servedProven().every(([, { revisions }]) => trustOf(revisions) !== 'remembered')
    },
    status: ({ away, reachedMs }) =>
      [...served].map(([policy, snapshot]) => {
        const { problem: own = null, goodMs = 0, trust = 'current' } = standings.get(policy) ?? {}
        const ageMs = Math.max(0, clock.monotonic() - (own ? goodMs : reachedMs))
        const problem = own ?? (away ? 'database_unavailable' : null)
        const named = describeSnapshot(snapshot)
        if (problem !== null) return { ...named, state: 'cached', problem, ageMs }
        if (trust === 'remembered') {
          const keysMs = options.remembered?.ageMs() ?? 0
          return { ...named, state: 'cached', problem: 'signers_unavailable', ageMs: keysMs }
        }
        return { ...named, state: 'live', problem: trust === 'retired' ? RETIRED : null, ageMs }
      }),
  }
}
