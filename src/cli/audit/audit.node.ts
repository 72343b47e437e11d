/**
 * `chambers audit verify`: goes along the whole audit log and finds the first entry that does not fit.
 * `chambers audit list`: who changed what. Both read, and change nothing; the log is never held in memory.
 */
import type { AuditEntry, AuditHead } from '../../audit/audit-log.ts'
import { type ChainFault, verifyChain } from '../../audit/verify-chain.ts'
import { sayRange } from '../../lib/moments.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { type Progress, startProgress } from '../shell/progress.node.ts'
import { RANGE, requireRange } from '../shell/read-range.ts'
import { tableOf } from '../shell/table.ts'
import { readAudit } from './read-audit.ts'
import { auditRow } from './render-audit.ts'

export const auditVerify = declareCommand({
  options: {
    ...CONNECTION,
    anchor: {
      takes: 'SEQ:HASH',
      says: 'A head as an earlier run told it, which must still be in the log',
      read: readAnchor,
    },
  },
  async run({ values }, io) {
    const { anchor = null } = values
    await using desk = await openDesk({ ...values, environment: io.environment })
    const verified = await verifyChain({ entries: counted(readAudit(desk.client), io), anchor })
    printVerified(verified, anchor, io)
    return verified.ok ? 0 : 1
  },
})

function printVerified(
  verified: Awaited<ReturnType<typeof verifyChain>>,
  anchor: AuditHead | null,
  io: Io,
): void {
  if (io.json) {
    const told = verified.ok
      ? { ok: true, head: verified.value }
      : { ok: false, ...verified.failure }
    io.stdout(`${JSON.stringify(told)}\n`)
  } else if (verified.ok) {
    const { seq } = verified.value
    const held = anchor === null ? '' : `, and the anchor ${anchor.seq} is still in it`
    io.stdout(`${marksFor(io, 'stdout').good('Whole')}: ${seq} entries fit one another${held}\n`)
    io.stdout(`Head: ${nameOf(verified.value)}\n`)
    io.stderr('Keep the head somewhere else, and give it to the next run as --anchor\n')
  } else {
    io.stderr(`${marksFor(io, 'stderr').bad('Broken')}: ${renderFault(verified.failure)}\n`)
  }
}

const HEADINGS = ['seq', 'time', 'actor', 'what']

export const auditList = declareCommand({
  options: {
    ...CONNECTION,
    policy: { takes: 'ID', says: 'Show what concerns this policy alone', otherwise: 'all' },
    ...RANGE,
    limit: {
      takes: 'N',
      says: 'How many of the newest entries to show',
      default: '50',
      read: readLimit,
    },
  },
  async run({ values: { policy, from, to, limit, ...connection } }, io) {
    requireRange({ from, to })
    await using desk = await openDesk({ ...connection, environment: io.environment })
    const newest: AuditEntry[] = []
    const ofPolicy = policy === undefined ? '' : `of the policy ${policy}`
    for await (const entry of readAudit(desk.client, { policy, from, to })) {
      if (newest.push(entry) > limit) newest.shift()
    }
    if (io.json) for (const entry of newest) io.stdout(`${JSON.stringify(entry)}\n`)
    else if (newest.length > 0) io.stdout(tableOf(HEADINGS, newest.map(auditRow)))
    else
      io.stdout(
        `${['No entries', ofPolicy, sayRange(from ?? null, to ?? null)].filter(Boolean).join(' ')}\n`,
      )
    return 0
  },
})

function readLimit(text: string, option: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1) return limit
  throw new UsageError(`Set ${option} to how many of the newest entries to show: ${text}`)
}

const ANCHOR = /^(\d{1,15}):([0-9a-f]{64})$/

function readAnchor(text: string): AuditHead {
  const [, seq, hash] = ANCHOR.exec(text) ?? []
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash }
  throw new UsageError(`Set --anchor to a head as an earlier run told it, SEQ:HASH: ${text}`)
}

function nameOf({ seq, hash }: AuditHead): string {
  return `${seq}:${hash}`
}

/** A log that is read in no time needs no bar. */
const SHORT_LOG = 1_000

async function* counted(entries: AsyncIterable<AuditEntry>, io: Io) {
  let progress: Progress | null = null
  let read = 0
  try {
    for await (const entry of entries) {
      if (++read === SHORT_LOG) progress = startReading(read, io)
      else progress?.step()
      yield entry
    }
  } finally {
    progress?.end()
  }
}

function startReading(before: number, { stderr, terminal }: Io): Progress {
  const columns = terminal?.stderr ? terminal.columns : null
  return startProgress({
    stderr,
    columns,
    total: null,
    before,
    note: () => 'reading the audit log',
  })
}

function renderFault(fault: ChainFault): string {
  const { seq } = fault
  switch (fault.reason) {
    case 'changed':
      return `entry ${seq} was changed after it was written`
    case 'missing':
      return `entry ${seq} is missing (or the token does not see every tenant)`
    case 'out_of_order':
      return `entry ${seq} stands where another should`
    case 'replaced':
      return `entry ${seq} was written after another entry ${seq - 1} than stands before it: that one was replaced`
    case 'cut':
      return `the log ends at ${fault.head.seq}, before the anchor ${seq}: its end was cut off`
    case 'rewritten':
      return `under the number of the anchor, ${seq}, stands another entry: the log was written anew`
  }
}
