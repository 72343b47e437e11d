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

/** Runs one command on the arguments after its name; resolves with the exit code (0 done, 1 failed, 2 misused). */
export type Command = (args: readonly string[], io: Io) => Promise<number>

/** A command used wrongly: the message says how to use it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
