/**
 * The state of a documents job on disk: lists in memory, documents in the file until they are asked for. File I/O.
 */
import type { MsmPlan } from '../../jobs/documents/plan.ts'
import {
  type MsmHeader,
  type MsmResult,
  type MsmStateLine,
  msmState,
} from '../../jobs/documents/state.ts'
import type { StoredLine } from '../../jobs/runner/line-file.node.ts'
import { openStateFile, type StateFile } from '../../jobs/runner/state-file.node.ts'

/** `begin`: makes the header of a job that is new. @throws Error for a file of another job. */
export async function openMsmFile(
  path: string,
  plan: Omit<MsmPlan, 'precedents'>,
  begin: () => Promise<MsmHeader>,
): Promise<MsmFile> {
  const tally = new MsmTally()
  const file = await openStateFile({
    path,
    format: msmState,
    begin,
    // Seeds are those of the beginning: the store may have grown since.
    goOn: (there) => ({ ...there, plan: { ...plan, precedents: there.plan.precedents } }),
    onLine: (line, place) => tally.add(line, place),
    advice: 'Name another file with --state, or remove this one',
  })
  return new MsmFile(file, tally)
}

/** What is in the file of a document, where it is not needed in memory. */
type Held = Exclude<MsmResult, { readonly text: string }> | StoredLine

class MsmTally {
  readonly held = new Map<string, Held>()
  /** Of everything that was spent. */
  tokens = 0
  model: string | null = null

  add(line: MsmStateLine, place: StoredLine): void {
    if ('lost' in line) {
      this.tokens += line.lost
      return
    }
    if (this.held.has(line.key)) return
    this.tokens += line.tokens
    if ('model' in line) this.model ??= line.model
    this.held.set(line.key, 'text' in line ? place : line)
  }
}

export class MsmFile {
  readonly #file: StateFile<MsmHeader, MsmStateLine>
  readonly #tally: MsmTally

  constructor(file: StateFile<MsmHeader, MsmStateLine>, tally: MsmTally) {
    this.#file = file
    this.#tally = tally
  }

  get header(): MsmHeader {
    return this.#file.header
  }

  /** Of everything that was spent. */
  get tokens(): number {
    return this.#tally.tokens
  }

  /** The model as the upstream names it; null before the first answer. */
  get model(): string | null {
    return this.#tally.model
  }

  /** What a call came to; null where it was never made. */
  find(key: string): MsmResult | null {
    const held = this.#tally.held.get(key)
    if (held === undefined) return null
    if ('key' in held) return held
    const line = this.#file.readAt(held)
    return line && 'key' in line ? line : null
  }

  add(line: MsmStateLine): void {
    this.#tally.add(line, this.#file.append(line))
  }

  close(): void {
    this.#file.close()
  }
}
