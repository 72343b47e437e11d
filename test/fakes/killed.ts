/**
 * Runs a program of the tests and ends it outright (SIGKILL), a while after the first line that it prints. I/O: a child process.
 * What it printed is what it acknowledged: a last line that was cut is none.
 */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'

export type Life = {
  readonly lines: readonly string[]
  readonly errors: string
  /** Null where it was killed before its end. */
  readonly code: number | null
}

/** `afterMs` null lets it come to its end. */
export async function liveAndDie(
  program: string,
  args: readonly string[],
  afterMs: number | null,
): Promise<Life> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [output, errors] = ['', '']
  const begun = Promise.withResolvers<void>()
  child.stdout.on('data', (piece) => {
    output += String(piece)
    begun.resolve()
  })
  child.stderr.on('data', (piece) => {
    errors += String(piece)
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  await Promise.race([begun.promise, closed])
  if (afterMs !== null) {
    await pause(afterMs)
    child.kill('SIGKILL')
  }
  const code = await closed
  return { lines: output.split('\n').slice(0, -1), errors, code }
}
