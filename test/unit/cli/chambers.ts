/** Runs the command line within the test, and collects what it writes. */

import { run } from '../../../src/cli/main.node.ts'
import type { Io } from '../../../src/cli/shell/io.ts'

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** A command line in an environment. */
export function chambersIn(
  environment: Io['environment'],
  more: Pick<Io, 'terminal' | 'signal'> = {},
): (...args: readonly string[]) => Promise<Ran> {
  return async (...args) => {
    let [stdout, stderr] = ['', '']
    const code = await run(args, {
      stdout: (text) => {
        stdout += text
      },
      stderr: (text) => {
        stderr += text
      },
      environment,
      ...more,
    })
    return { code, stdout, stderr }
  }
}
