/**
 * The policies as they are now, for requests: looks at the database, swaps what has changed, and keeps copies of it. I/O
 * through the store and the copies. Whatever becomes of the database, requests go on with the last good bundles. Nothing
 * that is pending is shared between requests.
 */
import { DatabaseError } from '../../database/database.ts'
import { beforeTimeout } from '../../lib/before-timeout.ts'
import {
  type Caller,
  indexBuiltIn,
  type Keep,
  type Pinned,
  type PolicyReference,
  type PolicyRepository,
} from '../../policy/repository.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyState, RevisionStore, VerifyRevision } from '../registry.ts'
import type { RememberedSigners } from '../signing/remembered-signers.ts'
import { createCommittedNumbers } from './committed.ts'
import type { IndexCopy } from './policy-copies.ts'
import type { Proofs } from './proofs.ts'
import { createProveSignatures } from './prove-signatures.ts'
import { createProver, type ProverOptions } from './prover.ts'
import { createServedPolicies, type ServedPoliciesOptions } from './served-policies.ts'
import { pinSnapshot } from './snapshot.ts'

export type LiveRepositoryOptions = Omit<
  ServedPoliciesOptions,
  'builtIn' | 'prover' | 'committed' | 'remembered'
> & {
  readonly warmInTurns: ProverOptions['warmInTurns']
  readonly builtIn: readonly Bundle[]
  /** The policy of requests that name none. */
  readonly policy: string
  readonly store: Pick<RevisionStore, 'states' | 'revision' | 'revisions' | 'content'>
  readonly verify: VerifyRevision
  /** What was proved before. */
  readonly proofs: Proofs
  /** The keys of signers as they were fetched last; null where they are given, and never out of reach. */
  readonly remembered: RememberedSigners | null
  /** True where nothing runs between requests: then a request looks by itself, once what is known is a second old. */
  readonly onDemand: boolean
  /** How often the copies are told that the database is in reach; null: only when there is something else to write. */
  readonly stampMs: number | null
}

export interface LiveRepository extends PolicyRepository {
  /**
   * Loads what serves, from the database or else from the copies; `keep` gets what need not be waited for.
   * @throws DatabaseError when neither has the policy of requests that name none.
   */
  open(keep: Keep): Promise<void>
  /** Looks at the states and swaps what has changed. It never rejects; false where the database was out of reach. */
  refresh(): Promise<boolean>
}

/** What one look came to. */
type Look = {
  /** Why the states could not be read; null where they were. */
  readonly error: unknown
  readonly copying: Promise<void>
  /** Nobody waits for the keys of signers. */
  readonly rechecking: Promise<void>
}

/** How old what is known may be where requests look by themselves, and how long one waits for its look. */
const FRESH_MS = 1_000
const WAIT_MS = 150
/** After a look failed or took too long, nobody waits for another. */
const AVOID_MS = 1_000
/** A database that says nothing for so long is out of reach. */
const SILENT_MS = 2_000
/** How often signatures of what serves are looked at again where keys may be taken out, and while they are out of reach. */
const RECHECK_MS = 60_000
const RECHECK_SOON_MS = 5_000

export function createLiveRepository(options: LiveRepositoryOptions): LiveRepository {
  const { store, copies, proofs, remembered, clock, notify, onDemand, stampMs } = options
  const builtIn = indexBuiltIn(options.builtIn, options.policy)
  const prover = createProver({
    ...options,
    builtIn,
    proveSignatures: createProveSignatures(options),
  })
  const committed = createCommittedNumbers()
  const served = createServedPolicies({ ...options, builtIn, prover, committed })
  let looks = 0
  /** The latest look that reached the database. */
  let reached = 0
  let reachedMs = clock.monotonic()
  let isAway = false
  let avoidUntilMs = Number.NEGATIVE_INFINITY
  let isIndexKept = false
  let stampedMs = clock.monotonic()
  let isCopyingFailed = false
  let recheckAtMs = Number.NEGATIVE_INFINITY
  let isOpen = false

  /** What a later look has found is not undone. */
  const markAway = (number: number): void => {
    if (isAway || number < reached) return
    isAway = true
    // Before, it is for `open` to say what becomes of it.
    if (isOpen)
      notify({ kind: 'cached', policy: null, problem: 'database_unavailable', served: true })
  }

  const markReached = (number: number, beganMs: number): void => {
    reached = Math.max(reached, number)
    reachedMs = Math.max(reachedMs, beganMs)
    if (isAway && isOpen) notify({ kind: 'live', policy: null })
    isAway = false
  }

  /** Waits for a silent database, too, but says meanwhile that it is out of reach. */
  const readStates = (number: number): Promise<readonly PolicyState[]> => {
    const reading = store.states()
    return beforeTimeout(reading, SILENT_MS, () => {
      markAway(number)
      return reading
    })
  }

  /** It never rejects. Nothing is settled before `learnt`, and nobody waits for the copies. */
  const look = async (learnt?: Promise<unknown>): Promise<Look> => {
    const number = ++looks
    const beganMs = clock.monotonic()
    const [read] = await Promise.allSettled([readStates(number), learnt])
    if (read.status === 'rejected') {
      markAway(number)
      avoidUntilMs = clock.monotonic() + AVOID_MS
      return { error: read.reason, copying: Promise.resolve(), rechecking: recheck() }
    }
    markReached(number, beganMs)
    await served.settle(read.value, { number, beganMs })
    return { error: null, copying: writeCopies(), rechecking: recheck() }
  }

  /** Two at once would only look twice. It never rejects. */
  const recheck = async (): Promise<void> => {
    if (!remembered || !isOpen || clock.monotonic() < recheckAtMs) return
    recheckAtMs = clock.monotonic() + RECHECK_MS
    const isWell = await served.recheck()
    if (!isWell) recheckAtMs = clock.monotonic() + RECHECK_SOON_MS
  }

  const writeCopies = async (): Promise<void> => {
    const nowMs = clock.monotonic()
    const isDue = !isIndexKept || (stampMs !== null && nowMs - stampedMs >= stampMs)
    if (served.unkept.size === 0 && !isDue && !remembered?.isUnkept()) return
    stampedMs = nowMs
    try {
      for (const [policy, proven] of served.unkept) {
        await copies.writePolicy(proven)
        await proofs.note(policy, proven.revisions)
        // What has replaced it meanwhile is written with the next look.
        if (served.unkept.get(policy) === proven) served.unkept.delete(policy)
      }
      await copies.writeIndex(committed.all())
      if (remembered?.isUnkept()) await remembered.keep()
      isIndexKept = true
      isCopyingFailed = false
    } catch {
      isIndexKept = false
      if (!isCopyingFailed) notify({ kind: 'copy_failed' })
      isCopyingFailed = true
    }
  }

  const readIndex = async (): Promise<IndexCopy | null> => {
    const kept = await copies.readIndex().catch(() => 'unavailable' as const)
    if (kept === 'unavailable' || kept === 'unreadable') {
      const problem = kept === 'unreadable' ? 'copy_unreadable' : 'copies_unavailable'
      notify({ kind: 'copy_refused', policy: null, problem })
      return null
    }
    isIndexKept = kept !== null
    for (const [policy, one] of kept?.policies ?? []) committed.learn(policy, one)
    return kept
  }

  const pinNow = ({ id, digestPrefix }: PolicyReference, caller: Caller): Pinned | null => {
    const policy = id ?? options.policy
    const snapshot = served.get(policy)
    if (snapshot) return pinSnapshot(snapshot, digestPrefix, caller)
    if (served.problem(policy) === null) return null
    throw new DatabaseError('unavailable', `No revision of policy ${policy} can be proved`)
  }

  /** Whoever waits too long goes on with what is known, and leaves its look to end by itself. */
  const pinAfterLook = async (
    reference: PolicyReference,
    caller: Caller,
    keep: Keep,
  ): Promise<Pinned | null> => {
    const looking = look()
    keep(looking.then(({ copying, rechecking }) => Promise.all([copying, rechecking])))
    await beforeTimeout<unknown>(looking, WAIT_MS, () => {
      avoidUntilMs = clock.monotonic() + AVOID_MS
    })
    return pinNow(reference, caller)
  }

  return {
    pin(reference, caller, keep) {
      const nowMs = onDemand ? clock.monotonic() : 0
      const isStale = onDemand && nowMs - reachedMs >= FRESH_MS && nowMs >= avoidUntilMs
      return isStale ? pinAfterLook(reference, caller, keep) : pinNow(reference, caller)
    },
    find(policy, digest) {
      const snapshot = served.get(policy)
      if (snapshot?.active.digest === digest) return snapshot.active
      if (snapshot?.candidate?.digest === digest) return snapshot.candidate
      return prover.find(policy, digest)
    },
    status: () => served.status({ away: isAway, reachedMs }),
    async open(keep) {
      const reading = readIndex()
      const { error, copying } = await look(reading)
      keep(copying)
      isOpen = true
      if (error === null) return keep(recheck())
      const index = await reading
      if (!index) throw error
      reachedMs = clock.monotonic() - Math.max(0, clock.now() - index.reached)
      await served.serveCopies()
      if (!served.get(options.policy)) throw error
      notify({ kind: 'copy_served', ageMs: clock.monotonic() - reachedMs })
      keep(recheck())
    },
    async refresh() {
      const { error, copying } = await look()
      await copying
      return error === null
    },
  }
}
