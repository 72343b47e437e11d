/**
 * Runs a command in a process of its own whose heap is kept small: V8 settles that when it starts, and would rather let a heap
 * grow tenfold where the machine has room. Starts a process; neither outlives the other.
 */
import { fork } from 'node:child_process'

const FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=384'] as const

/** True in the process that was started so. */
export function isApart(): boolean {
  return FLAGS.every((flag) => process.execArgv.includes(flag))
}

/** Resolves with the exit code of the program on these arguments. */
export function runApart(program: string, args: readonly string[]): Promise<number> {
  const child = fork(program, args, {
    execArgv: [...process.execArgv, ...FLAGS],
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** Ends this process when the one that has started it is gone, however it went. */
export function endWithStarter(): void {
  process.on('disconnect', () => process.exit(1))
  process.channel?.unref()
}
