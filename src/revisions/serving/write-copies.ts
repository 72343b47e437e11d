/**
 * Copies what serves, so that a start without the database has it; reads the index of the copies at a start. I/O through the
 * copies. It never rejects: what could not be written is written after the next look.
 */
import type { Clock } from '../../lib/clock.ts'
import type { RememberedSigners } from '../signing/remembered-signers.ts'
import type { CommittedNumbers } from './committed.ts'
import type { IndexCopy, PolicyCopies } from './policy-copies.ts'
import type { PolicyNotice } from './policy-notice.ts'
import type { Proofs } from './proofs.ts'
import type { ProvenState } from './prover.ts'

export type CopyWriterPorts = {
  readonly copies: PolicyCopies
  readonly proofs: Proofs
  readonly committed: CommittedNumbers
  /** Null where the keys of signers are given, and never out of reach. */
  readonly remembered: Pick<RememberedSigners, 'isUnkept' | 'keep'> | null
  readonly clock: Clock
  readonly notify: (notice: PolicyNotice) => void
  /** How often the copies are told that the database is in reach; null: only when there is something else to write. */
  readonly stampMs: number | null
}

export class CopyWriter {
  readonly #ports: CopyWriterPorts
  /** By policy, what began to serve and is not in the copies. */
  readonly #uncopied = new Map<string, ProvenState>()
  #isIndexCopied = false
  #isFailing = false
  #stampedMs: number

  constructor(ports: CopyWriterPorts) {
    this.#ports = ports
    this.#stampedMs = ports.clock.monotonic()
  }

  /** What serves a policy is to be copied with the next writing. */
  add(policy: string, proven: ProvenState): void {
    this.#uncopied.set(policy, proven)
  }

  /** What the copies say was ever committed; null where they say nothing. */
  async readIndex(): Promise<IndexCopy | null> {
    const { copies, committed, notify } = this.#ports
    const index = await copies.readIndex().catch(() => 'unavailable' as const)
    if (index === 'unavailable' || index === 'unreadable') {
      const problem = index === 'unreadable' ? 'copy_unreadable' : 'copies_unavailable'
      notify({ kind: 'copy_refused', policy: null, problem })
      return null
    }
    this.#isIndexCopied = index !== null
    for (const [policy, one] of index?.policies ?? []) committed.learn(policy, one)
    return index
  }

  /** Writes if there is need. */
  async write(): Promise<void> {
    if (!this.#isDue()) return
    this.#stampedMs = this.#ports.clock.monotonic()
    try {
      await this.#writeAll()
      this.#isIndexCopied = true
      this.#isFailing = false
    } catch {
      this.#isIndexCopied = false
      if (!this.#isFailing) this.#ports.notify({ kind: 'copy_failed' })
      this.#isFailing = true
    }
  }

  #isDue(): boolean {
    const { clock, stampMs, remembered } = this.#ports
    const isStampDue = stampMs !== null && clock.monotonic() - this.#stampedMs >= stampMs
    return (
      this.#uncopied.size > 0 ||
      !this.#isIndexCopied ||
      isStampDue ||
      (remembered?.isUnkept() ?? false)
    )
  }

  async #writeAll(): Promise<void> {
    const { copies, proofs, committed, remembered } = this.#ports
    for (const [policy, proven] of this.#uncopied) {
      await copies.writePolicy(proven)
      await proofs.note(policy, proven.revisions)
      // What has replaced it meanwhile is written with the next look.
      if (this.#uncopied.get(policy) === proven) this.#uncopied.delete(policy)
    }
    await copies.writeIndex(committed.all())
    if (remembered?.isUnkept()) await remembered.keep()
  }
}
