/**
 * Whose transcripts went into an export, on disk until they are noted: a million of them would fill the memory. A SQLite file of
 * its own, gone with the process. File I/O; it holds tenants and keyed digests, no content.
 */
import type { ExportedTranscript } from '../../../transcript/store/exports.ts'
import { openScratchDatabase } from '../passes/scratch-database.node.ts'

export type ExportSubjects = {
  /** Counts each transcript once, however many of its choices come in a row. */
  add(transcript: string, exported: ExportedTranscript): void
  readonly size: number
  all(): Iterable<ExportedTranscript>
  close(): void
}

export function openExportSubjects(parent: string): ExportSubjects {
  const { database, close } = openScratchDatabase(
    parent,
    'CREATE TABLE kept (tenant TEXT NOT NULL, subject TEXT)',
  )
  const insert = database.prepare('INSERT INTO kept VALUES (?, ?)')
  let last: string | null = null
  let size = 0
  return {
    add(transcript, { tenant, subject }) {
      if (transcript === last) return
      last = transcript
      size++
      insert.run(tenant, subject)
    },
    get size() {
      return size
    },
    *all() {
      // Those of one subject together, so that they are noted as one.
      const sql = 'SELECT tenant, subject FROM kept ORDER BY subject, tenant'
      for (const row of database.prepare(sql).iterate()) {
        const subject = row.subject === null ? null : String(row.subject)
        yield { tenant: String(row.tenant), subject }
      }
    },
    close,
  }
}
