/**
 * `chambers policy push FILE`: hands a signed revision to the gateway, which verifies, checks and tests it, and keeps it.
 * Reads one file. What serves is not touched.
 */
import type { RevisionRecord } from '../../revisions/registry.ts'
import { printable } from '../../text/printable.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { nextCommand } from '../shell/next-command.ts'
import { shortDigest } from '../shell/table.ts'
import { openControl } from './open-control.node.ts'
import { renderCases, renderDecisions } from './render-cases.ts'
import { printFailure } from './render-state.ts'
import { readRevisionFile } from './revision-file.node.ts'
import { findState } from './standing.ts'

export const policyPush = declareCommand({
  positionals: { file: { takes: 'FILE', says: 'A revision as `policy sign` wrote it' } },
  wanted: 'Name one signed revision: chambers policy push FILE',
  options: CONNECTION,
  async run({ values, positionals: { file } }, io) {
    const { submission, payload } = readRevisionFile(file)
    await using control = await openControl({ ...values, environment: io.environment })
    const pushed = await control.push(payload.policy, submission)
    if (!pushed.ok) return printFailure(pushed.failure, io)
    const state = await findState(control, payload.policy)
    printPushed({ record: pushed.value, active: state?.active ?? 0, url: values.url }, io)
    return 0
  },
})

type Pushed = {
  readonly record: RevisionRecord
  /** The number that is committed. */
  readonly active: number
  readonly url: string | undefined
}

function printPushed({ record, active, url }: Pushed, io: Io): void {
  if (io.json) {
    io.stdout(`${JSON.stringify({ ok: true, ...record })}\n`)
    return
  }
  const { policy, number, digest, report } = record
  const { good, warning } = marksFor(io, 'stdout')
  for (const sentence of report.warnings) {
    io.stdout(`${warning('warning')}: ${printable(sentence)}\n`)
  }
  io.stdout(`${good('Admitted')} ${policy} revision ${number} (${shortDigest(digest)})\n`)
  io.stdout(`  signed by     ${printable(report.signers.join(', '))}\n`)
  io.stdout(`  golden cases  ${renderCases(report.selection)}\n`)
  io.stdout(`  decisions     ${renderDecisions(report)}\n`)
  // It was pushed before, and has had its time.
  if (number <= active) return
  io.stderr('It does not serve yet. Next, beside what serves and without effect:\n')
  io.stderr(nextCommand(['policy', 'activate', policy, String(number), '--shadow'], { url }))
}
