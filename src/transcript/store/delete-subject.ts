/**
 * Deletes a person: every transcript of a subject with all that hangs on it, what its conversations carry, and what is still to come. I/O through the
 * ports. First it is noted that the subject is deleted, because the store takes nothing older of it from then on: what waits in
 * spools and queues, or is being answered at this moment, never comes back. No log ever names the subject.
 */
import type { AuditLog } from '../../audit/audit-log.ts'
import type { Database } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import type { Clock } from '../../lib/clock.ts'
import { forgetState } from '../../state/store.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { ExportStore, HeldExport } from './exports.ts'
import { type RemovePorts, readRemovable, removeTranscripts } from './remove.ts'

export type SubjectDeletionPorts = RemovePorts & {
  readonly audit: AuditLog
  readonly exports: Pick<ExportStore, 'holding' | 'forget'>
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

export type Deletions = {
  readonly deleteSubject: DeleteSubject
  /**
   * Removes what has slipped through: rows of a transaction that began before a deletion was noted and ended after it. Gives how
   * many. @throws DatabaseError when the database does not answer.
   */
  readonly finishRecent: () => Promise<number>
}

const ROWS_AT_ONCE = 200
/** Stands for every tenant in the note of a deletion; the digest of a subject holds its tenant anyway. */
const ANY_TENANT = '*'
const TENANTS_AT_ONCE = 100
/** Far longer than a transaction lasts, and longer than the pauses between two looks. */
const RECENT_MS = 15 * 60_000

const NOTE = `INSERT INTO deleted_subjects (subject, tenant, time) VALUES (?, ?, ?)
  ON CONFLICT (subject, tenant) DO UPDATE SET time = excluded.time WHERE excluded.time > deleted_subjects.time`

export function createDeletions(ports: SubjectDeletionPorts): Deletions {
  const { database, exports, clock } = ports
  return {
    async deleteSubject(deletion) {
      const time = clock.now()
      await note(ports, deletion, time)
      const held = await exports.holding(deletion.subject, deletion.tenants)
      return { ...(await remove(ports, deletion, time)), exports: held }
    },
    async finishRecent() {
      let removed = 0
      const sql = 'SELECT subject, tenant, time FROM deleted_subjects WHERE time >= ?'
      for (const row of await database.all(sql, [clock.now() - RECENT_MS])) {
        const tenant = String(row.tenant)
        const tenants = tenant === ANY_TENANT ? null : [tenant]
        const end = await remove(ports, { subject: String(row.subject), tenants }, Number(row.time))
        removed += end.transcripts
      }
      return removed
    },
  }
}

async function note(
  { database, audit }: SubjectDeletionPorts,
  { subject, tenants, actor }: Deletion,
  time: number,
): Promise<void> {
  const names = tenants ?? [ANY_TENANT]
  const statements = names.map((tenant) => ({ sql: NOTE, params: [subject, tenant, time] }))
  const [tenant = null] = tenants?.length === 1 ? tenants : []
  const event = { actor, action: 'subject.delete', policy: null, tenant, details: {} }
  await audit.commit(event, statements.slice(0, TENANTS_AT_ONCE))
  for (let at = TENANTS_AT_ONCE; at < statements.length; at += TENANTS_AT_ONCE) {
    await database.batch(statements.slice(at, at + TENANTS_AT_ONCE))
  }
}

type Removed = Omit<Deleted, 'exports'>

/** Whatever the subject has there that is no younger than the note. */
async function remove(
  ports: SubjectDeletionPorts,
  { subject, tenants }: Pick<Deletion, 'subject' | 'tenants'>,
  time: number,
): Promise<Removed> {
  const { database, exports, metrics } = ports
  await forgetState(database, { subject, tenants, time })
  const sql = `SELECT id, content_key FROM transcripts
    WHERE tenant IN (${listed(database)}) AND subject = ? AND time <= ? LIMIT ${ROWS_AT_ONCE}`
  const params = [JSON.stringify(tenants ?? (await allTenants(database))), subject, time]
  let [transcripts, labels, candidateReviews] = [0, 0, 0]
  for (;;) {
    const rows = (await database.all(sql, params)).map(readRemovable)
    if (rows.length === 0) {
      await exports.forget({ subject, tenants, time })
      return { transcripts, labels, candidateReviews }
    }
    const counted = await countBeside(
      database,
      rows.map(({ id }) => id),
    )
    await removeTranscripts(ports, rows, { kind: 'delete', time })
    for (const _ of rows) metrics.transcript('deleted')
    transcripts += rows.length
    labels += counted.labels
    candidateReviews += counted.candidateReviews
  }
}

/** One by one along the index, which begins with the tenant. */
async function allTenants(database: Database): Promise<readonly string[]> {
  const found: string[] = []
  for (;;) {
    const sql = 'SELECT tenant FROM transcripts WHERE tenant > ? ORDER BY tenant LIMIT 1'
    const [row] = await database.all(sql, [found.at(-1) ?? ''])
    if (!row) return found
    found.push(String(row.tenant))
  }
}

/** What hangs on the transcripts and goes with them. */
async function countBeside(database: Database, ids: readonly string[]) {
  const [row] = await database.all(
    `SELECT (SELECT COUNT(*) FROM labels WHERE transcript_id IN (${listed(database)})) AS labels,
      (SELECT COUNT(*) FROM candidate_reviews WHERE transcript_id IN (${listed(database)})) AS reviews`,
    [JSON.stringify(ids), JSON.stringify(ids)],
  )
  return { labels: Number(row?.labels), candidateReviews: Number(row?.reviews) }
}
