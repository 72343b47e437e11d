/** `chambers transcripts list`: rows of the index, the newest first, as a table or as JSON lines. Reads, and changes nothing. */

import { decisionSchema, modeSchema, outcomeSchema } from '../../admin/transcripts/filter.ts'
import { transcriptPageSchema } from '../../admin/transcripts/transcripts.ts'
import { sayRange } from '../../lib/moments.ts'
import { LABEL_KINDS } from '../../transcript/record/label.ts'
import type { ListedTranscript } from '../desk/ask-transcripts.node.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { sayUnknown } from '../desk/say-unknown.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { readAnswer } from '../shell/read-answer.ts'
import { RANGE, requireRange } from '../shell/read-range.ts'
import { countUpTo, oneWordOf } from '../shell/read-values.ts'
import { shortDigest, tableOf, timeOf } from '../shell/table.ts'

const MOST = 200

const OPTIONS = {
  ...CONNECTION,
  policy: { takes: 'ID', says: 'Of this policy', otherwise: 'all' },
  digest: { takes: 'D', says: 'Of the policy with this digest, or one that begins so' },
  section: { takes: 'S', says: 'That were given this section in full' },
  outcome: {
    takes: 'O',
    says: `With this outcome: ${outcomeSchema.options.join(', ')}`,
    read: oneWordOf(outcomeSchema.options, outcomeSchema.options.join(', ')),
  },
  decision: {
    takes: 'D',
    says: `With this decision: ${decisionSchema.options.join(', ')}`,
    read: oneWordOf(decisionSchema.options, decisionSchema.options.join(', ')),
  },
  label: {
    takes: 'KIND',
    says: `With a label of this kind: ${LABEL_KINDS.join(', ')}`,
    read: oneWordOf(LABEL_KINDS, LABEL_KINDS.join(', ')),
  },
  mode: {
    takes: 'MODE',
    says: `Of requests in this mode: ${modeSchema.options.join(', ')}`,
    read: oneWordOf(modeSchema.options, modeSchema.options.join(', ')),
  },
  tenant: { takes: 'T', says: 'Of this tenant', otherwise: 'all' },
  app: { takes: 'A', says: 'Of this app', otherwise: 'all' },
  session: { takes: 'S', says: 'Of this session' },
  model: { takes: 'M', says: 'Of this model' },
  ...RANGE,
  limit: {
    takes: 'N',
    says: `How many to show, up to ${MOST}`,
    default: '20',
    read: countUpTo(MOST),
  },
  cursor: { takes: 'CURSOR', says: 'Go on where the page before ended, as it says' },
} as const satisfies Options

export const transcriptsList = declareCommand({
  options: OPTIONS,
  async run({ values }, io) {
    requireRange(values)
    await using desk = await openDesk({ ...values, environment: io.environment })
    const { value } = await desk.client.ask({ path: `/transcripts?${queryOf(values)}` })
    const { transcripts, next } = readAnswer(transcriptPageSchema, value)
    if (io.json) {
      for (const one of transcripts) io.stdout(`${JSON.stringify(one)}\n`)
    } else if (transcripts.length === 0) {
      const range = sayRange(values.from ?? null, values.to ?? null)
      io.stdout(`No transcript is as you asked${range === null ? '' : `, ${range}`}\n`)
    } else io.stdout(tableOf(HEADINGS, transcripts.map(rowOf)))
    if (transcripts.length === 0) io.stderr(await sayUnknown(desk.client, values))
    if (next !== null) io.stderr(`There is more: add --cursor ${next}\n`)
    return 0
  },
})

function queryOf(values: ValuesOf<typeof OPTIONS>): URLSearchParams {
  const { url: _url, token: _token, from, to, limit, ...texts } = values
  const given = Object.entries(texts).filter((one): one is [string, string] => one[1] !== undefined)
  return new URLSearchParams([
    ...given,
    ...(from === undefined ? [] : [['from', new Date(from).toISOString()]]),
    ...(to === undefined ? [] : [['to', new Date(to).toISOString()]]),
    ['limit', String(limit)],
  ])
}

const HEADINGS = ['id', 'time', 'app', 'policy', 'outcome', 'decision', 'sections', 'model']

function rowOf(row: ListedTranscript): string[] {
  const { id, time, app, policyId, policyDigest, outcome, outcomeReason, decision } = row
  return [
    id,
    timeOf(time),
    app,
    `${policyId}@${shortDigest(policyDigest)}`,
    outcomeReason === null ? outcome : `${outcome} (${outcomeReason})`,
    decision ?? '-',
    row.sections.join(' ') || '-',
    row.model,
  ]
}
