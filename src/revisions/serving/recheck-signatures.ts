/**
 * Looks again, now and then, at the signatures of what serves: keys may have been taken out, or be known again. I/O through
 * the prover. It never rejects and stops nothing from serving: what was proved once stays proved.
 */
import type { Clock } from '../../lib/clock.ts'
import { trustOf } from './prove-signatures.ts'
import type { ProvenState } from './prover.ts'
import type { Serving } from './settle-states.ts'

/** How often where keys may be taken out, and how often while they are out of reach. */
const RECHECK_MS = 60_000
const RECHECK_SOON_MS = 5_000

export class SignatureRecheck {
  readonly #serving: Serving
  readonly #clock: Clock
  #dueMs = Number.NEGATIVE_INFINITY

  constructor(serving: Serving) {
    this.#serving = serving
    this.#clock = serving.clock
  }

  /** Looks if it is time; two at once would only look twice. */
  async run(): Promise<void> {
    if (this.#clock.monotonic() < this.#dueMs) return
    this.#dueMs = this.#clock.monotonic() + RECHECK_MS
    const isWell = await recheckAll(this.#serving)
    if (!isWell) this.#dueMs = this.#clock.monotonic() + RECHECK_SOON_MS
  }
}

/** True where all is good by the keys of now. */
async function recheckAll(serving: Serving): Promise<boolean> {
  const { prover, served, standings, writer } = serving
  for (const [policy, proven] of provenOf(serving)) {
    const rechecked = await prover.recheck(proven)
    if (served.get(policy) !== proven.snapshot) continue
    standings.markProven(policy, rechecked)
    // What was not yet to be noted as proved may be now.
    if (trustOf(proven.revisions) === 'remembered') writer.add(policy, rechecked)
  }
  return provenOf(serving).every(([, { revisions }]) => trustOf(revisions) !== 'remembered')
}

function provenOf({ served, standings }: Serving): readonly (readonly [string, ProvenState])[] {
  return [...served.all()].flatMap(([policy, snapshot]) => {
    const proven = standings.known(policy)?.proven
    return proven?.snapshot === snapshot ? [[policy, proven] as const] : []
  })
}
