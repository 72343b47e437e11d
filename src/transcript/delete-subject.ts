/**
 * Deletes a person: every transcript of a subject with all that hangs on it, and what of it is still to come. I/O through the
 * ports. First it is noted that the subject is deleted, because the store takes nothing older of it from then on: what waits in
 * spools and queues, or is being answered at this moment, never comes back. No log ever names the subject.
 */
import type { AuditLog } from '../audit/audit-log.ts'
import type { SqlValue } from '../database/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { ExportStore, HeldExport } from './exports.ts'
import { listed, type RemovePorts, readRemovable, removeTranscripts } from './remove.ts'

export type DeletionPorts = RemovePorts & {
  readonly audit: AuditLog
  readonly exports: Pick<ExportStore, 'holding'>
  readonly clock: Clock
  readonly metrics: Metrics
}

export type Deletion = {
  /** The keyed digest, as rows have it. */
  readonly subject: string
  /** Null: whichever tenant it is of. */
  readonly tenants: readonly string[] | null
  readonly actor: string
}

export type Deleted = {
  readonly transcripts: number
  readonly labels: number
  readonly candidateReviews: number
  /** What was exported before, and is for its owners to remove. */
  readonly exports: readonly HeldExport[]
}

export type DeleteSubject = (deletion: Deletion) => Promise<Deleted>

const ROWS_AT_ONCE = 200
/** Stands for every tenant in the note of a deletion; the digest of a subject holds its tenant anyway. */
const ANY_TENANT = '*'
const TENANTS_AT_ONCE = 100

const NOTE = `INSERT INTO deleted_subjects (subject, tenant, time) VALUES (?, ?, ?)
  ON CONFLICT (subject, tenant) DO UPDATE SET time = excluded.time WHERE excluded.time > deleted_subjects.time`

export function createDeleteSubject(ports: DeletionPorts): DeleteSubject {
  const { database, audit, exports, clock, metrics } = ports

  const note = async ({ subject, tenants, actor }: Deletion, time: number): Promise<void> => {
    const names = tenants ?? [ANY_TENANT]
    const statements = names.map((tenant) => ({ sql: NOTE, params: [subject, tenant, time] }))
    const [tenant = null] = tenants?.length === 1 ? tenants : []
    const event = { actor, action: 'subject.delete', policy: null, tenant, details: {} }
    await audit.commit(event, statements.slice(0, TENANTS_AT_ONCE))
    for (let at = TENANTS_AT_ONCE; at < statements.length; at += TENANTS_AT_ONCE) {
      await database.batch(statements.slice(at, at + TENANTS_AT_ONCE))
    }
  }

  return async function deleteSubject(deletion) {
    const { subject, tenants } = deletion
    const time = clock.now()
    await note(deletion, time)
    const held = await exports.holding(subject, tenants)
    const among = tenants ? `AND tenant IN (${listed(database)})` : ''
    const sql = `SELECT id, content_key FROM transcripts WHERE subject = ? AND time <= ? ${among} LIMIT ${ROWS_AT_ONCE}`
    const params: readonly SqlValue[] = [
      subject,
      time,
      ...(tenants ? [JSON.stringify(tenants)] : []),
    ]
    let [transcripts, labels, candidateReviews] = [0, 0, 0]
    for (;;) {
      const rows = (await database.all(sql, params)).map(readRemovable)
      if (rows.length === 0) break
      const counted = await countBeside(rows.map(({ id }) => id))
      await removeTranscripts(ports, rows)
      for (const _ of rows) metrics.transcript('deleted')
      transcripts += rows.length
      labels += counted.labels
      candidateReviews += counted.candidateReviews
    }
    return { transcripts, labels, candidateReviews, exports: held }
  }

  async function countBeside(ids: readonly string[]) {
    const [row] = await database.all(
      `SELECT (SELECT COUNT(*) FROM labels WHERE transcript_id IN (${listed(database)})) AS labels,
        (SELECT COUNT(*) FROM candidate_reviews WHERE transcript_id IN (${listed(database)})) AS reviews`,
      [JSON.stringify(ids), JSON.stringify(ids)],
    )
    return { labels: Number(row?.labels), candidateReviews: Number(row?.reviews) }
  }
}
