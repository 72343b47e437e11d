/**
 * Which rows went into an export, and of whom, on disk until they are noted: a million of them would fill the memory. A SQLite file
 * of its own, gone with the process. File I/O; it holds ids, tenants and keyed digests, no content.
 */
import type { ExportedRow } from '../../../transcript/store/exports.ts'
import { idOfRow } from '../../formats/row-id.ts'
import { packPrint } from '../../stages/print.ts'
import { openScratchDatabase } from '../passes/scratch-database.node.ts'
import type { KeptRows } from '../run-export.ts'

export type KeptRowsFile = {
  /** In the order of the export. */
  add(kept: KeptRows): void
  all(): Iterable<ExportedRow>
  close(): void
}

export function openKeptRows(parent: string): KeptRowsFile {
  const { database, close } = openScratchDatabase(
    parent,
    'CREATE TABLE kept (transcript TEXT NOT NULL, id TEXT NOT NULL, tenant TEXT NOT NULL, subject TEXT, split TEXT NOT NULL, print BLOB)',
  )
  const insert = database.prepare('INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?)')
  return {
    add({ row, split, rows, trace }) {
      const print = trace && packPrint(trace)
      const ids = new Set(rows.map(idOfRow))
      for (const id of ids) insert.run(row.id, id, row.tenant, row.subject, split, print)
    },
    *all() {
      for (const row of database.prepare('SELECT * FROM kept ORDER BY rowid').iterate()) {
        yield {
          transcript: String(row.transcript),
          id: String(row.id),
          tenant: String(row.tenant),
          subject: row.subject === null ? null : String(row.subject),
          split: String(row.split),
          ...(row.print instanceof Uint8Array && { fingerprint: row.print }),
        }
      }
    },
    close,
  }
}
