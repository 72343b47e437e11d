/**
 * How each policy stands with the database: what was last told of it, what is wrong with it, and by whose keys it serves.
 * No I/O. The operator is told of each change of it once.
 */
import type { Clock } from '../../lib/clock.ts'
import type { PolicyState } from '../registry.ts'
import type { PolicyNotice } from './policy-notice.ts'
import { trustOf } from './prove-signatures.ts'
import type { SourceProblem, Trust } from './proven.ts'
import type { ProvenState } from './prover.ts'
import type { Look } from './reach.ts'

export type ServedStanding = {
  /** The latest look that told of it, and the version it told. */
  look: number
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

export class Standings {
  readonly #clock: Clock
  readonly #notify: (notice: PolicyNotice) => void
  readonly #standings = new Map<string, ServedStanding>()

  constructor(ports: { readonly clock: Clock; readonly notify: (notice: PolicyNotice) => void }) {
    this.#clock = ports.clock
    this.#notify = ports.notify
  }

  /** Undefined for a policy of which nothing was told yet. */
  known(policy: string): Readonly<ServedStanding> | undefined {
    return this.#standings.get(policy)
  }

  of(policy: string): ServedStanding {
    const known = this.#standings.get(policy)
    if (known) return known
    const made: ServedStanding = {
      look: 0,
      version: 0,
      problem: null,
      goodMs: this.#clock.monotonic(),
      retryAtMs: 0,
      isCopyTried: false,
      proven: null,
      trust: 'current',
    }
    this.#standings.set(policy, made)
    return made
  }

  /** True for what an earlier look brought once a later one has told of a newer version. */
  isOutdated({ policy, version }: PolicyState, { number }: Look): boolean {
    const standing = this.of(policy)
    return number < standing.look && version < standing.version
  }

  markWell(policy: string, { beganMs }: Look): void {
    const standing = this.of(policy)
    if (standing.problem !== null) this.#notify({ kind: 'live', policy })
    standing.problem = null
    standing.goodMs = beganMs
  }

  markUnwell(policy: string, found: { problem: SourceProblem; served: boolean }): void {
    const standing = this.of(policy)
    const isNews = standing.problem !== found.problem
    standing.problem = found.problem
    standing.retryAtMs = this.#clock.monotonic() + RETRY_MS
    if (isNews) this.#notify({ kind: 'cached', policy, ...found })
  }

  markProven(policy: string, proven: ProvenState): void {
    const standing = this.of(policy)
    const trust = trustOf(proven.revisions)
    const isNews = standing.trust !== trust
    standing.proven = proven
    standing.trust = trust
    if (isNews) this.#notify({ kind: 'signers', policy, trust })
  }
}
