/** What a command may touch of the world besides its own work: two streams and the environment. Types only. */
import type { Environment } from '../../start/variables.ts'

export type Io = {
  /** Writes results. */
  readonly stdout: (text: string) => void
  /** Writes everything else: progress, warnings, errors. */
  readonly stderr: (text: string) => void
  /** True for `--json`: one JSON value a line. */
  readonly json: boolean
  readonly environment: Environment
  /** Which of the streams a person looks at; absent where neither is a terminal. */
  readonly terminal?: Terminal
  /** Ends a command that would go on for ever. */
  readonly signal?: AbortSignal
}

export type Terminal = {
  readonly stdout: boolean
  readonly stderr: boolean
  readonly columns: number
}

/** A command used wrongly: the message says how to use it. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** An argument that the command does not take as it stands: its help tells what it does take. */
export class ArgumentError extends UsageError {
  override readonly name = 'ArgumentError'
}
