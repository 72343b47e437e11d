/**
 * Removes content whose row was never written: whoever was ended between the two has left it, and neither retention nor the
 * deletion of a person would ever find it. I/O through the ports; some at a time, going round and round.
 */
import type { Database } from '../database/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { R2Like } from './r2-blobs.ts'
import { listed } from './remove.ts'

/** As much of an `R2Bucket` as tells what lies in it. */
export interface R2Listed {
  list(options: { prefix: string; limit: number; startAfter?: string }): Promise<{
    readonly objects: readonly { readonly key: string; readonly uploaded: Date }[]
    readonly truncated: boolean
  }>
}

export type SweepPorts = {
  readonly database: Database
  readonly bucket: Pick<R2Like, 'delete'> & R2Listed
  readonly clock: Clock
}

const PREFIX = 'transcripts/'
/** Longer than any queue keeps a message that would put the content again, and then its row. */
const RESTING_MS = 10 * 86_400_000
const OBJECTS_AT_ONCE = 1_000
/** How far the last round came, for all instances. */
const SETTING = 'swept_to'
const REMEMBER =
  'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value'

/** Looks at the next thousand, and gives how many it removed. @throws DatabaseError, and what the bucket throws. */
export async function sweep({ database, bucket, clock }: SweepPorts): Promise<number> {
  const [setting] = await database.all('SELECT value FROM settings WHERE name = ?', [SETTING])
  const after = typeof setting?.value === 'string' ? setting.value : ''
  const { objects, truncated } = await bucket.list({
    prefix: PREFIX,
    limit: OBJECTS_AT_ONCE,
    ...(after !== '' && { startAfter: after }),
  })
  const keys = objects
    .filter(({ uploaded }) => uploaded.getTime() < clock.now() - RESTING_MS)
    .map(({ key }) => key)
  const sql = `SELECT id FROM transcripts WHERE id IN (${listed(database)})`
  const rows = keys.length > 0 ? await database.all(sql, [JSON.stringify(keys.map(idOf))]) : []
  const present = new Set(rows.map(({ id }) => String(id)))
  const left = keys.filter((key) => !present.has(idOf(key)))
  if (left.length > 0) await bucket.delete(left)
  const reached = truncated ? (objects.at(-1)?.key ?? '') : ''
  if (reached !== after) await database.batch([{ sql: REMEMBER, params: [SETTING, reached] }])
  return left.length
}

/** `transcripts/tr_….json.gz.jwe` */
function idOf(key: string): string {
  const name = key.slice(PREFIX.length)
  const end = name.indexOf('.')
  return end === -1 ? name : name.slice(0, end)
}
