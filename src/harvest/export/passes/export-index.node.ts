/**
 * The index of an export on disk: 200 bytes an example, and beside them its rows, so that no transcript is looked at twice. In a SQLite
 * file of its own, gone with the process. File I/O.
 */
import type { SQLOutputValue } from 'node:sqlite'
import { SPLITS } from '../examples/split.ts'
import type { ExportIndex, IndexEntry } from './export-index.ts'
import { openScratchDatabase } from './scratch-database.node.ts'

const CREATE = `CREATE TABLE traces (
  place INTEGER PRIMARY KEY, number INTEGER NOT NULL, transcript TEXT NOT NULL, choice INTEGER NOT NULL, subject TEXT, split TEXT,
  tenant TEXT NOT NULL, section TEXT, decision TEXT, look_alike INTEGER NOT NULL, template TEXT,
  exact TEXT NOT NULL, signature BLOB NOT NULL
)`
const INSERT = 'INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

/** `parent`: a folder with room for it. */
export function openExportIndex(parent: string): ExportIndex {
  const { database, close } = openScratchDatabase(parent, CREATE)
  database.exec('CREATE TABLE rows (number INTEGER PRIMARY KEY, packed TEXT NOT NULL)')
  const insert = database.prepare(INSERT)
  const put = database.prepare('INSERT INTO rows VALUES (?, ?)')
  const get = database.prepare('SELECT packed FROM rows WHERE number = ?')
  let size = 0
  return {
    add({ number, transcript, choice, subject, split, trace }) {
      const { tenant, section, decision, lookAlike, template, exact, signature } = trace
      const bytes = new Uint8Array(signature.buffer, signature.byteOffset, signature.byteLength)
      const place = [size, number, transcript, choice, subject, split] as const
      insert.run(...place, tenant, section, decision, lookAlike ? 1 : 0, template, exact, bytes)
      size++
    },
    get size() {
      return size
    },
    *entries() {
      const rows = database.prepare('SELECT * FROM traces ORDER BY place').iterate()
      for (const row of rows) yield readEntry(row)
    },
    rows: {
      put(order, packed) {
        put.run(order, packed)
      },
      get: (order) => String(get.get(order)?.packed),
    },
    close,
  }
}

/** Reads what `add` wrote. */
function readEntry(row: Readonly<Record<string, SQLOutputValue>>): IndexEntry {
  const transcript = String(row.transcript)
  const choice = Number(row.choice)
  const text = (value: SQLOutputValue) => (typeof value === 'string' ? value : null)
  return {
    number: Number(row.number),
    transcript,
    choice,
    subject: text(row.subject ?? null),
    split: SPLITS.find((one) => one === row.split) ?? null,
    trace: {
      id: `${transcript}#${choice}`,
      order: Number(row.place),
      tenant: String(row.tenant),
      section: text(row.section ?? null),
      decision: text(row.decision ?? null),
      lookAlike: row.look_alike === 1,
      template: text(row.template ?? null),
      exact: String(row.exact),
      // A copy: it begins where four bytes do.
      signature: new Uint32Array(Uint8Array.from(row.signature as Uint8Array).buffer),
    },
  }
}
