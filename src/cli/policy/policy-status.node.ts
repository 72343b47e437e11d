/**
 * `chambers policy status`: what serves where, how rollouts are doing, how often each section fired. With `--watch` again and
 * again, until it is interrupted. Reads, and changes nothing.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import type { OpenControl } from './control.ts'
import { openControl } from './open-control.node.ts'
import { renderStatus } from './render-status.ts'

const WATCH_MS = 2_000
const CLEAR_SCREEN = '\u001B[2J\u001B[H'

export const policyStatus = declareCommand({
  options: {
    ...CONNECTION,
    watch: { says: 'Tell it again every two seconds, until it is interrupted' },
  },
  async run({ values }, io) {
    await using control = await openControl({ ...values, environment: io.environment })
    io.stdout(await renderNow(control, io))
    if (!values.watch) return 0
    while (await isStillWatched(io)) {
      // A gateway that is away for a moment is what somebody watches for.
      const text = await renderNow(control, io).catch((error: Error) => `${error.message}\n`)
      io.stdout(io.terminal?.stdout && !io.json ? `${CLEAR_SCREEN}${text}` : text)
    }
    return 0
  },
})

async function renderNow(control: OpenControl, io: Io): Promise<string> {
  const report = await control.status()
  return io.json ? `${JSON.stringify(report)}\n` : renderStatus(report, marksFor(io, 'stdout'))
}

async function isStillWatched({ signal }: Io): Promise<boolean> {
  try {
    await pause(WATCH_MS, undefined, { ...(signal && { signal }) })
    return true
  } catch {
    return false
  }
}
