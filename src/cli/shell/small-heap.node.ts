/**
 * Has a command run in a heap that is kept small: V8 settles that when it starts, and would rather let a heap grow tenfold where
 * the machine has room. Replaces the process by itself, once; nothing of it may have begun.
 */

const FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=384'] as const

/** Begins the program anew with these arguments; returns where that was done already, and where the platform cannot. */
export function keepHeapSmall(program: string, args: readonly string[]): void {
  const isSmall = FLAGS.every((flag) => process.execArgv.includes(flag))
  if (isSmall || process.platform === 'win32') return
  const { execPath, execArgv, env } = process
  process.execve?.(execPath, [execPath, ...execArgv, ...FLAGS, program, ...args], env)
}
