/**
 * How many rows must come out of the store that `harvest-fill.ts` makes, by SQL alone: what is wrong with a transcript stands in
 * its row. Reads the database.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { FormatName } from '../src/harvest/formats/format.ts'

const ALLOWED = `consent = 'harvest' AND training_rights = 'open' AND outcome <> 'failed'
  AND app NOT IN ('evaluation', 'policy')`
const GOOD = `${ALLOWED} AND app NOT IN ('uncited', 'copy', 'near')`

const QUESTIONS: Readonly<Record<FormatName, string>> = {
  sft: `SELECT COUNT(*) AS n FROM transcripts WHERE ${GOOD}`,
  'sft-cot': `SELECT COUNT(*) AS n FROM transcripts WHERE ${GOOD}`,
  preference: `SELECT COUNT(*) AS n FROM transcripts WHERE ${GOOD} AND attempts = 2`,
  kto: `SELECT SUM(attempts) AS n FROM transcripts WHERE ${GOOD}`,
  rl: `SELECT COUNT(*) AS n FROM transcripts WHERE ${GOOD}`,
  judge: `SELECT SUM(attempts + 1) AS n FROM transcripts WHERE ${ALLOWED}`,
  transcript: `SELECT COUNT(*) AS n FROM transcripts WHERE ${ALLOWED}`,
}

export function expectedRows(store: string, format: FormatName): number {
  return numberOf(store, QUESTIONS[format])
}

export type Caps = {
  readonly tenant: number
  readonly template: number
  readonly cell: number
  readonly lookAlikes: number
}

/** Of `sft` with each option: what every cap leaves of its group, and what the share of look-alikes leaves of the rest. */
export function expectedOfEverything(store: string, caps: Caps): number {
  const left = `${GOOD} AND app <> 'quoting' AND min_style >= 5`
  const byTenant = numberOf(
    store,
    `SELECT SUM(MIN(n, ${caps.tenant})) AS n FROM
      (SELECT COUNT(*) AS n FROM transcripts WHERE ${left} AND sections = '' AND app <> 'form' GROUP BY tenant)`,
  )
  // All forms begin with the same words, and no other tenant comes near its cap.
  const forms = Math.min(
    numberOf(store, `SELECT COUNT(*) AS n FROM transcripts WHERE ${left} AND app = 'form'`),
    caps.tenant,
    caps.template,
  )
  const inCells = (which: string) =>
    numberOf(
      store,
      `SELECT COALESCE(SUM(MIN(n, ${caps.cell})), 0) AS n FROM
        (SELECT COUNT(*) AS n FROM transcripts WHERE ${left} AND sections <> '' AND ${which} GROUP BY sections, decision)`,
    )
  const lookAlikes = inCells("decision = 'comply'")
  const heldBack = inCells("decision <> 'comply'")
  const limit = Math.floor((lookAlikes * (1 - caps.lookAlikes)) / caps.lookAlikes)
  return byTenant + forms + lookAlikes + Math.min(heldBack, limit)
}

export function numberOf(store: string, sql: string): number {
  const database = new DatabaseSync(join(store, 'chambers.db'), { readOnly: true })
  try {
    return Number(database.prepare(sql).get()?.n)
  } finally {
    database.close()
  }
}
