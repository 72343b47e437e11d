/**
 * The filter cascade's parts: stages over single examples, and stages over all that is left. Types only.
 * A stage keeps, drops with a reason, or redacts; nothing is rewritten to look better. Each is named and versioned, because
 * a manifest says which ones made a dataset.
 */
import type { Result } from '../lib/result.ts'
import type { Example } from './example.ts'
import type { DROP_REASONS } from './stages/drop-reasons.ts'

/** Why an example was dropped; the manifest counts by it. */
export type DropReason = keyof typeof DROP_REASONS

export type StageName = {
  readonly name: string
  /** Raised whenever the same example could come out differently. */
  readonly version: number
}

declare const proved: unique symbol

/**
 * An example whose prompt was found, by its hash, to be what the client sent. Stages take no other: redaction changes the prompt,
 * so that whoever redacts before the proof could never prove it.
 */
export type ProvedExample = Example & { readonly [proved]: true }

/** Looks at one example alone. */
export type ExampleStage = StageName & {
  /** What goes on, the same or redacted; else the reason. */
  apply(example: ProvedExample): Result<ProvedExample, DropReason>
}

/** What is kept of an example in the first pass, for stages that need all of them: small, and on disk where there are many. */
export type Trace = {
  /** `<transcript id>#<choice>`. */
  readonly id: string
  /** The place in the order of the export, from 0: dense, so that it can stand for the id in what a stage remembers. */
  readonly order: number
  readonly tenant: string
  readonly section: string | null
  readonly decision: string | null
  /** Complied with although a sensitive section came up: what keeps a model from refusing by topic. */
  readonly lookAlike: boolean
  /** What prompts from one template share; null for a prompt without words. */
  readonly template: string | null
  /** SHA-256 of what is compared: the prompt's text and the answer's. */
  readonly exact: string
  /** MinHash signature over word 5-grams, four values in each number; behind them the numbers in the text. */
  readonly signature: Uint32Array
}

/** Looks at everything that is left, in order, without holding it: the second pass. */
export type SetStage = StageName & {
  /** Learns what an earlier export gave, before the first is added: it comes before all of them, and stays. */
  remember?(print: Uint8Array): void
  /** Learns one example; called in order, for what earlier stages left. */
  add(trace: Trace): void
  /** After all were added: works out the verdicts, a little with each step, so that others have their turn. Left out, the first verdict does. */
  settle?(): Iterable<unknown>
  /** After all were added: why the one at this place is dropped, or null. */
  verdict(order: number): DropReason | null
}
