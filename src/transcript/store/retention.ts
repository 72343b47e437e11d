/**
 * Removes what is older than the policy that served it allows. I/O through the ports; started by the platform, now and then.
 * It goes in small steps with pauses, so that it never holds up what is being written, and it counts for each day what went,
 * in the transaction in which it goes, for the audit log to tell once.
 */

import type { AuditLog } from '../../audit/audit-log.ts'
import { DatabaseError, type Statement } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import type { Clock } from '../../lib/clock.ts'
import { DAY_MS, HOUR_MS } from '../../lib/time-spans.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { type Removable, type RemovePorts, readRemovable, removeTranscripts } from './remove.ts'

export type RetentionPorts = RemovePorts & {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly metrics: Metrics
  /** So many days the policy of this digest keeps transcripts. */
  readonly daysOf: (policy: string, digest: string) => Promise<number>
  /** The platform's own timer when left out. */
  readonly pause?: (ms: number) => Promise<void>
}

/** Removes what is due, as far as it gets before the signal or the limit; gives how many transcripts went. */
export type Expire = (options: {
  readonly signal: AbortSignal | null
  /** Of transcripts. */
  readonly limit: number
}) => Promise<number>

const ROWS_AT_ONCE = 200
const PAUSE_MS = 50
/** A step that began before midnight may be counted after it. */
const LATE_MS = HOUR_MS

const NEXT_DIGEST = `SELECT policy_id, policy_digest FROM transcripts
  WHERE (policy_id, policy_digest) > (?, ?) ORDER BY policy_id, policy_digest LIMIT 1`
const DUE = `SELECT id, content_key FROM transcripts
  WHERE policy_id = ? AND policy_digest = ? AND time < ? ORDER BY time, id LIMIT ?`
const BEGIN_DAY =
  'INSERT INTO expirations (day, audited, transcripts) VALUES (?, 0, 0) ON CONFLICT (day, audited) DO UPDATE SET transcripts = expirations.transcripts'
const UNTOLD = `SELECT day, transcripts FROM expirations
  WHERE audited = 0 AND day < ? AND NOT EXISTS (SELECT 1 FROM expirations told WHERE told.day = expirations.day AND told.audited = 1)
  ORDER BY day`
const TELL = 'INSERT INTO expirations (day, audited, transcripts) VALUES (?, 1, ?)'

export function createExpire(ports: RetentionPorts): Expire {
  const { database, audit, clock, metrics, daysOf, pause = systemPause } = ports

  /** The first statement holds the day's row, so that instances at the same work count what is there for each. */
  const count = (rows: readonly Removable[]): readonly Statement[] => {
    const day = dayOf(clock.now())
    const ids = JSON.stringify(rows.map(({ id }) => id))
    return [
      { sql: BEGIN_DAY, params: [day] },
      {
        sql: `UPDATE expirations SET transcripts = transcripts + (SELECT COUNT(*) FROM transcripts WHERE id IN (${listed(database)}))
          WHERE day = ? AND audited = 0`,
        params: [ids, day],
      },
    ]
  }

  const removal = () => ({ kind: 'expire', time: clock.now() }) as const

  const tell = async (): Promise<void> => {
    for (const row of await database.all(UNTOLD, [dayOf(clock.now() - LATE_MS)])) {
      const [day, transcripts] = [String(row.day), Number(row.transcripts)]
      const details = { day, transcripts }
      const event = { actor: 'gateway', action: 'transcript.expire', policy: null, tenant: null }
      try {
        await audit.commit({ ...event, details }, [{ sql: TELL, params: [day, transcripts] }])
      } catch (error) {
        // Another instance has told it.
        if (!(error instanceof DatabaseError) || error.failure !== 'conflict') throw error
      }
    }
  }

  return async function expire({ signal, limit }) {
    let removed = 0
    let [policy, digest] = ['', '']
    const mayGoOn = () => !signal?.aborted && removed < limit
    await tell()
    while (mayGoOn()) {
      const [next] = await database.all(NEXT_DIGEST, [policy, digest])
      if (!next) break
      policy = String(next.policy_id)
      digest = String(next.policy_digest)
      const before = clock.now() - (await daysOf(policy, digest)) * DAY_MS
      while (mayGoOn()) {
        const found = await database.all(DUE, [policy, digest, before, ROWS_AT_ONCE])
        const rows = found.map(readRemovable)
        if (rows.length > 0) await removeTranscripts(ports, rows, removal(), count(rows))
        for (const _ of rows) metrics.transcript('expired')
        removed += rows.length
        if (rows.length < ROWS_AT_ONCE) break
        await pause(PAUSE_MS)
      }
    }
    return removed
  }
}

/** The day in UTC, as `2026-01-02`. */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

function systemPause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
