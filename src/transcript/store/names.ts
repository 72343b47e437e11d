/** The names that transcripts go by, for whoever asks for one that is nowhere. I/O through the SQL port: the whole index is read. */
import type { Database } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'

/** What a filter can name, by its column. */
const NAME_COLUMNS = {
  policy: 'policy_id',
  section: 'sections',
  tenant: 'tenant',
  app: 'app',
  model: 'model',
  family: 'family',
} as const

export type NamedBy = keyof typeof NAME_COLUMNS

export const NAMED_BY = Object.keys(NAME_COLUMNS) as readonly NamedBy[]

/** So many are looked through; where there are more, nobody is told that one is not there. */
const MAX_NAMES = 10_000

/** All of one kind in some tenants' transcripts, or null where they are too many to tell; `tenants`: null for all. */
export async function namesInUse(
  database: Database,
  by: NamedBy,
  tenants: readonly string[] | null,
): Promise<readonly string[] | null> {
  const column = NAME_COLUMNS[by]
  const where = tenants === null ? '' : `WHERE tenant IN (${listed(database)})`
  const sql = `SELECT DISTINCT ${column} AS name FROM transcripts ${where} LIMIT ${MAX_NAMES}`
  const rows = await database.all(sql, tenants === null ? [] : [JSON.stringify(tenants)])
  if (rows.length === MAX_NAMES) return null
  const texts = rows.flatMap(({ name }) => (name === null ? [] : [String(name)]))
  // Sections stand in one text, with spaces around each.
  if (by !== 'section') return texts
  return [...new Set(texts.flatMap((text) => text.split(' ').filter(Boolean)))]
}
