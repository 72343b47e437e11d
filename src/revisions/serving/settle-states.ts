/**
 * States in, proved snapshots out. For each policy that a look has told of:
 *
 * 1. notice whether it is news: of two looks the later one's word counts;
 * 2. prove all that its state names;
 * 3. where that fails and nothing serves it yet, prove what its copy holds;
 * 4. serve what was proved, from one moment to the next.
 *
 * I/O through the sources. Whatever is wrong with one policy, its last good snapshot serves and no other policy waits for it.
 */
import type { Clock } from '../../lib/clock.ts'
import { fail, type Result } from '../../lib/result.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyState } from '../registry.ts'
import type { CommittedNumbers } from './committed.ts'
import type { PolicyCopies } from './policy-copies.ts'
import type { CopyProblem, PolicyNotice } from './policy-notice.ts'
import type { RevisionSource } from './prove-revision.ts'
import type { SourceProblem } from './proven.ts'
import type { ProvenState, Prover } from './prover.ts'
import type { Look } from './reach.ts'
import type { ServedPolicies } from './served-policies.ts'
import { isSameState } from './snapshot.ts'
import type { Standings } from './standings.ts'
import type { CopyWriter } from './write-copies.ts'

/** What serves, with all that may change it. */
export type Serving = {
  readonly builtIn: ReadonlyMap<string, Bundle>
  readonly prover: Prover
  readonly committed: CommittedNumbers
  readonly copies: PolicyCopies
  readonly writer: CopyWriter
  readonly served: ServedPolicies
  readonly standings: Standings
  readonly clock: Clock
  readonly notify: (notice: PolicyNotice) => void
}

/** Serves what the states name, as far as it can be proved. */
export async function settleStates(
  serving: Serving,
  { states, look }: { readonly states: readonly PolicyState[]; readonly look: Look },
): Promise<void> {
  const stated = new Set(states.map(({ policy }) => policy))
  const others = new Set([...serving.builtIn.keys(), ...serving.committed.all().keys()])
  await Promise.all([
    ...states.map((state) => settleState(serving, { state, look })),
    ...[...others]
      .filter((policy) => !stated.has(policy))
      .map((policy) => settleUnstated(serving, { policy, look })),
  ])
}

/** Serves what the copies hold of the policies that were committed or staged, and what is built in of the others. */
export async function serveCopies(serving: Serving): Promise<void> {
  const { builtIn, committed, served } = serving
  await Promise.all([...committed.all().keys()].map((policy) => tryCopy(serving, policy)))
  for (const policy of builtIn.keys()) {
    if (!served.has(policy) && committed.highest(policy) === 0) served.serveBuiltIn(policy)
  }
}

/** What a look has told of one policy. */
type News = { readonly state: PolicyState; readonly look: Look }

async function settleState(serving: Serving, { state, look }: News): Promise<void> {
  const { standings, writer } = serving
  const { policy } = state
  if (!isDue(serving, { state, look })) return
  const proven = await prove(serving, { state })
  // Another look may have told of a newer one in the meantime.
  if (standings.isOutdated(state, look)) return
  if (!proven.ok) return serveInstead(serving, { state, look, problem: proven.failure })
  serve(serving, { state, proven: proven.value })
  writer.add(policy, proven.value)
  standings.markWell(policy, look)
}

/** Notes what the look tells, and says whether there is anything to prove. */
function isDue({ served, standings, clock }: Serving, { state, look }: News): boolean {
  const { policy, version } = state
  if (standings.isOutdated(state, look)) return false
  const standing = standings.of(policy)
  const isRefused = standing.problem !== null && standing.version === version
  standing.look = Math.max(standing.look, look.number)
  standing.version = version
  if (isSameState(served.get(policy)?.state ?? null, state)) {
    standings.markWell(policy, look)
    return false
  }
  return !isRefused || clock.monotonic() >= standing.retryAtMs
}

async function serveInstead(
  serving: Serving,
  { state, look, problem }: News & { readonly problem: SourceProblem },
): Promise<void> {
  const { served, standings } = serving
  const { policy } = state
  await tryCopy(serving, policy)
  if (isSameState(served.get(policy)?.state ?? null, state)) standings.markWell(policy, look)
  else standings.markUnwell(policy, { problem, served: served.has(policy) })
}

/** A policy of which the database says nothing: one that is built in, or one that it should know. */
async function settleUnstated(
  serving: Serving,
  { policy, look }: { readonly policy: string; readonly look: Look },
): Promise<void> {
  const { committed, served, standings } = serving
  const standing = standings.of(policy)
  if (look.number < standing.look) return
  standing.look = look.number
  standing.version = 0
  if (committed.highest(policy) > 0) {
    await tryCopy(serving, policy)
    standings.markUnwell(policy, { problem: 'number_replayed', served: served.has(policy) })
  } else if (served.serveBuiltIn(policy)) standings.markWell(policy, look)
}

async function tryCopy(serving: Serving, policy: string): Promise<void> {
  const standing = serving.standings.of(policy)
  if (serving.served.has(policy) || standing.isCopyTried) return
  standing.isCopyTried = true
  const problem = await serveCopy(serving, policy).catch(() => 'copies_unavailable' as const)
  if (problem) serving.notify({ kind: 'copy_refused', policy, problem })
}

async function serveCopy(serving: Serving, policy: string): Promise<CopyProblem | null> {
  const copy = await serving.copies.readPolicy(policy)
  if (copy === null) return 'copy_missing'
  if (copy === 'unreadable') return 'copy_unreadable'
  const proven = await prove(serving, copy)
  if (!proven.ok) return proven.failure
  if (!serving.served.has(policy)) serve(serving, { state: copy.state, proven: proven.value })
  return null
}

async function prove(
  { committed, prover }: Serving,
  { state, source }: { readonly state: PolicyState; readonly source?: RevisionSource },
): Promise<Result<ProvenState, SourceProblem>> {
  const replayed = committed.replayed(state)
  if (replayed) return fail(replayed)
  // A bundle that breaks what is made of it must not break the look at the others.
  return prover.prove(state, source).catch(() => fail('content_malformed' as const))
}

function serve(
  { committed, served, standings }: Serving,
  { state, proven }: { readonly state: PolicyState; readonly proven: ProvenState },
): void {
  committed.learn(state.policy, { number: state.active, digest: state.activeDigest })
  served.swap(state.policy, proven.snapshot)
  standings.markProven(state.policy, proven)
}
