/**
 * What all instances tell of themselves, at rest. I/O through the SQL port.
 * An instance overwrites its own row; a row that nobody has renewed for an hour is deleted by whoever comes by.
 * What a row holds may come from a newer program: what cannot be read is left out, and breaks nothing.
 */
import type { Database, Row } from '../../database/database.ts'
import { parseJson } from '../../lib/json.ts'
import { type Instance, type InstanceReport, instanceReportSchema } from './instance-report.ts'

export type InstanceStore = {
  /** @throws DatabaseError when the database does not take it. */
  write(instance: Instance & { readonly report: InstanceReport }): Promise<void>
  /** Those seen within the hour, the longest running first. @throws DatabaseError when the database does not answer. */
  read(now: number): Promise<readonly Instance[]>
}

/** Longer than any restart, so that what a rollout has shown outlives the instances that saw it. */
export const FORGET_MS = 60 * 60 * 1000

const UPSERT = `INSERT INTO instances (id, started, seen, report) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, report = excluded.report`
const FORGET = 'DELETE FROM instances WHERE seen < ?'
/** Of more than can be read, those seen last: they are the ones that serve. */
const READ = `SELECT id, started, seen, report
  FROM (SELECT id, started, seen, report FROM instances WHERE seen >= ? ORDER BY seen DESC LIMIT 1000) latest
  ORDER BY started, id`

export function createInstanceStore(database: Database): InstanceStore {
  return {
    async write({ id, started, seen, report }) {
      await database.batch([
        { sql: UPSERT, params: [id, started, seen, JSON.stringify(report)] },
        { sql: FORGET, params: [seen - FORGET_MS] },
      ])
    },
    async read(now) {
      return (await database.all(READ, [now - FORGET_MS])).map(readInstance)
    },
  }
}

function readInstance(row: Row): Instance {
  const parsed = parseJson(String(row.report))
  const report = parsed.ok ? instanceReportSchema.safeParse(parsed.value) : null
  return {
    id: String(row.id),
    started: Number(row.started),
    seen: Number(row.seen),
    report: report?.data ?? null,
  }
}
