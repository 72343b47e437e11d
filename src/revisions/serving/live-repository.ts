/**
 * The policies as they are now, for requests. From a change in the database to a request:
 *
 * 1. notice: look at the states of all policies (`reach.ts`; told by `refresh-loop.ts`, or as a request comes);
 * 2. prove what is news of them and serve it, else what its copy holds (`settle-states.ts`, `prove-revision.ts`);
 * 3. copy what began to serve (`write-copies.ts`), and look again at signatures (`recheck-signatures.ts`);
 * 4. pin: a request gets a bundle out of the snapshot, or out of that of the policy that its caller is moved to, and keeps
 *    it to its end (`snapshot.ts`, `pin-moved.ts`).
 *
 * I/O through the store and the copies. Whatever becomes of the database, requests go on with the last good bundles. Nothing
 * that is pending is shared between requests.
 */
import { DatabaseError } from '../../database/database.ts'
import { beforeTimeout } from '../../lib/before-timeout.ts'
import type { Clock } from '../../lib/clock.ts'
import {
  type Caller,
  type Defer,
  indexBuiltIn,
  type Pinned,
  type PolicyReference,
  type PolicyRepository,
} from '../../policy/repository.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyState, RevisionStore, VerifyRevision } from '../registry.ts'
import type { RememberedSigners } from '../signing/remembered-signers.ts'
import { createCommittedNumbers } from './committed.ts'
import { pinPolicy } from './pin-moved.ts'
import type { PolicyCopies } from './policy-copies.ts'
import type { PolicyNotice } from './policy-notice.ts'
import { policyStatuses } from './policy-statuses.ts'
import type { Proofs } from './proofs.ts'
import { createProveSignatures } from './prove-signatures.ts'
import { Prover } from './prover.ts'
import { DatabaseReach, type Look } from './reach.ts'
import { SignatureRecheck } from './recheck-signatures.ts'
import { ServedPolicies } from './served-policies.ts'
import { type Serving, serveCopies, settleStates } from './settle-states.ts'
import { Standings } from './standings.ts'
import { CopyWriter } from './write-copies.ts'

export type LiveRepositoryOptions = {
  readonly builtIn: readonly Bundle[]
  /** The policy of requests that name none. */
  readonly policy: string
  readonly store: Pick<RevisionStore, 'states' | 'revision' | 'revisions' | 'content'>
  readonly verify: VerifyRevision
  readonly copies: PolicyCopies
  /** What was proved before. */
  readonly proofs: Proofs
  /** The keys of signers as they were fetched last; null where they are given, and never out of reach. */
  readonly remembered: RememberedSigners | null
  readonly clock: Clock
  /** Prepares a bundle ahead of its first request: at once, or in turns while requests under other bundles go on. */
  readonly warm: (bundle: Bundle) => void
  readonly warmInTurns: (bundle: Bundle) => Promise<void>
  /** Told when a bundle begins to serve. */
  readonly activated: (policy: string, digest: string) => void
  readonly notify: (notice: PolicyNotice) => void
  /** True where nothing runs between requests: then a request looks by itself, once what is known is a second old. */
  readonly onDemand: boolean
  /** How often the copies are told that the database is in reach; null: only when there is something else to write. */
  readonly stampMs: number | null
}

export interface LiveRepository extends PolicyRepository {
  /**
   * Loads what serves, from the database or else from the copies; `defer` gets what need not be waited for.
   * @throws DatabaseError when neither has the policy of requests that name none.
   */
  open(defer: Defer): Promise<void>
  /** Looks at the states and swaps what has changed. It never rejects; false where the database was out of reach. */
  refresh(): Promise<boolean>
}

/** The repository in its parts. */
type Live = {
  readonly options: LiveRepositoryOptions
  readonly reach: DatabaseReach
  readonly serving: Serving
  readonly recheck: SignatureRecheck
}

/** What one look came to. */
type Looked = {
  /** Why the states could not be read; null where they were. */
  readonly error: unknown
  readonly copying: Promise<void>
  /** Nobody waits for the keys of signers. */
  readonly rechecking: Promise<void>
}

type PinRequest = {
  readonly reference: PolicyReference
  readonly caller: Caller
  readonly defer: Defer
}

/** How long a request waits for its look. */
const WAIT_MS = 150
/** A database that says nothing for so long is out of reach. */
const SILENT_MS = 2_000

export function createLiveRepository(options: LiveRepositoryOptions): LiveRepository {
  const live = assemble(options)
  const { reach, serving } = live
  const keysAgeMs = () => options.remembered?.ageMs() ?? 0
  return {
    open: (defer) => open(live, defer),
    async refresh() {
      const { error, copying } = await look(live)
      await copying
      return error === null
    },
    pin(reference, caller, defer) {
      const isLookDue = options.onDemand && reach.isLookDue()
      return isLookDue
        ? pinAfterLook(live, { reference, caller, defer })
        : pinNow(live, { reference, caller })
    },
    find: (policy, digest) => find(serving, { policy, digest }),
    status: () => policyStatuses(serving, { reach, keysAgeMs }),
  }
}

function assemble(options: LiveRepositoryOptions): Live {
  const { store, copies, clock, notify, warm, warmInTurns, activated } = options
  const builtIn = indexBuiltIn(options.builtIn, options.policy)
  const committed = createCommittedNumbers()
  const proveSignatures = createProveSignatures(options)
  const serving: Serving = {
    builtIn,
    prover: new Prover({ builtIn, store, proveSignatures, warmInTurns }),
    committed,
    copies,
    writer: new CopyWriter({ ...options, committed }),
    served: new ServedPolicies({ builtIn, warm, activated }),
    standings: new Standings({ clock, notify }),
    clock,
    notify,
  }
  const reach = new DatabaseReach({ clock, notify })
  return { options, reach, serving, recheck: new SignatureRecheck(serving) }
}

/** The first look, begun together with the reading of the copies' index: what was committed is known before anything serves. */
async function open(live: Live, defer: Defer): Promise<void> {
  const { options, reach, serving } = live
  const reading = serving.writer.readIndex()
  const { error, copying } = await look(live, reading)
  defer(copying)
  reach.markOpen()
  if (error !== null) {
    const index = await reading
    if (!index) throw error
    reach.takeConfirmed(index.reached)
    await serveCopies(serving)
    if (!serving.served.has(options.policy)) throw error
    const ageMs = options.clock.monotonic() - reach.reachedMs
    options.notify({ kind: 'copy_served', ageMs })
  }
  defer(recheck(live))
}

/** It never rejects. Nothing is settled before `learnt`, and nobody waits for the copies. */
async function look(live: Live, learnt?: Promise<unknown>): Promise<Looked> {
  const { reach, serving } = live
  const begun = reach.beginLook()
  const [read] = await Promise.allSettled([readStates(live, begun), learnt])
  if (read.status === 'rejected') {
    reach.markAway(begun)
    reach.avoid()
    return { error: read.reason, copying: Promise.resolve(), rechecking: recheck(live) }
  }
  reach.markReached(begun)
  await settleStates(serving, { states: read.value, look: begun })
  return { error: null, copying: serving.writer.write(), rechecking: recheck(live) }
}

/** Waits for a silent database, too, but says meanwhile that it is out of reach. */
function readStates({ options, reach }: Live, begun: Look): Promise<readonly PolicyState[]> {
  const reading = options.store.states()
  return beforeTimeout(reading, SILENT_MS, () => {
    reach.markAway(begun)
    return reading
  })
}

/** Only keys that are fetched can be taken out, or be out of reach. */
async function recheck({ options, reach, recheck: signatures }: Live): Promise<void> {
  if (options.remembered && reach.isOpen) await signatures.run()
}

/** Whoever waits too long goes on with what is known, and leaves its look to end by itself. */
async function pinAfterLook(
  live: Live,
  { reference, caller, defer }: PinRequest,
): Promise<Pinned | null> {
  const looking = look(live)
  defer(looking.then(({ copying, rechecking }) => Promise.all([copying, rechecking])))
  await beforeTimeout<unknown>(looking, WAIT_MS, () => live.reach.avoid())
  return pinNow(live, { reference, caller })
}

function pinNow(
  { options, serving }: Live,
  { reference, caller }: Omit<PinRequest, 'defer'>,
): Pinned | null | Promise<Pinned> {
  const policy = reference.id ?? options.policy
  const snapshot = serving.served.get(policy)
  const { digestPrefix } = reference
  if (snapshot) return pinPolicy(serving.served, snapshot, { digestPrefix, caller })
  if ((serving.standings.known(policy)?.problem ?? null) === null) return null
  throw new DatabaseError('unavailable', `No revision of policy ${policy} can be proved`)
}

function find(
  { served, prover }: Serving,
  { policy, digest }: { readonly policy: string; readonly digest: string },
): Bundle | null | Promise<Bundle | null> {
  const snapshot = served.get(policy)
  if (snapshot?.active.digest === digest) return snapshot.active
  if (snapshot?.candidate?.digest === digest) return snapshot.candidate
  return prover.find(policy, digest)
}
