/** An export in a process of its own, which is killed after a while. I/O: a child process. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const PROGRAM = resolve(import.meta.dirname, '../../../src/cli/main.node.ts')

/** True when it was killed before its end; `afterMs` null lets it come to that. */
export async function killExport(
  folder: string,
  args: readonly string[],
  afterMs: number | null,
): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, 'harvest', 'export', ...args], {
    env: { ...process.env, DATA_DIR: folder },
    stdio: 'ignore',
  })
  const ended = new Promise<boolean>((done) => {
    child.on('exit', (_code, signal) => done(signal === 'SIGKILL'))
  })
  if (afterMs !== null) {
    await pause(afterMs)
    child.kill('SIGKILL')
  }
  return ended
}
