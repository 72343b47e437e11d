/**
 * `chambers policy push FILE`: hands a signed revision to the gateway, which verifies, checks and tests it, and keeps it; sent
 * again, signatures that it lacked join it.
 * Reads one file. What serves is not touched.
 */
import { printable } from '../../text/printable.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { shortDigest } from '../shell/table.ts'
import type { KeptRevision } from './control.ts'
import { nextSteps, printNext } from './next-steps.ts'
import { openControl } from './open-control.node.ts'
import { renderCases, renderDecisions } from './render-cases.ts'
import { printFailure } from './render-state.ts'
import { readRevisionFile } from './revision-file.node.ts'

export const policyPush = declareCommand({
  positionals: { file: { takes: 'FILE', says: 'A revision as `policy sign` wrote it' } },
  wanted: 'Name one signed revision: chambers policy push FILE',
  options: CONNECTION,
  async run({ values, positionals: { file } }, io) {
    const { submission, payload } = readRevisionFile(file)
    await using control = await openControl({ ...values, environment: io.environment })
    const pushed = await control.push(payload.policy, submission)
    if (!pushed.ok) return printFailure(pushed.failure, io)
    printPushed(pushed.value, io)
    if (io.json) return 0
    const steps = nextSteps(pushed.value, await control.states(), Date.now())
    printNext(steps, { url: values.url }, io)
    return 0
  },
})

function printPushed(record: KeptRevision, io: Io): void {
  if (io.json) {
    io.stdout(`${JSON.stringify({ ok: true, ...record })}\n`)
    return
  }
  const { policy, number, digest, report, waiting } = record
  const { good, warning } = marksFor(io, 'stdout')
  for (const sentence of report.warnings) {
    io.stdout(`${warning('warning')}: ${printable(sentence)}\n`)
  }
  const kept = waiting ? warning('Kept, waiting for signatures:') : good('Admitted')
  io.stdout(`${kept} ${policy} revision ${number} (${shortDigest(digest)})\n`)
  io.stdout(`  signed by     ${printable(report.signers.join(', '))}\n`)
  io.stdout(`  golden cases  ${renderCases(report.selection)}\n`)
  io.stdout(`  decisions     ${renderDecisions(report)}\n`)
}
