/** A batch of the command line, wherever it runs: what is to be done, and how it ended. Types only; its settings read files. */
import type { BatchPlan } from '../../jobs/batch/plan.ts'
import type { BatchHeader } from '../../jobs/batch/state.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import type { Io } from '../shell/io.ts'
import type { BatchSettings } from './batch-settings.node.ts'

export type BatchJob = {
  readonly plan: BatchPlan
  /** With the plan's samples. */
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly header: BatchHeader
  /** How many lines hold a prompt. */
  readonly filled: number
  readonly settings: BatchSettings
  readonly config: Config
  readonly io: Io
  readonly stop: AbortSignal
}

export type BatchClose = {
  readonly end: string
  /** A class; null where there is nothing to say. */
  readonly reason: string | null
  /** Begun, and left for another run. */
  readonly open: number
}
