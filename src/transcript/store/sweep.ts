/**
 * Removes what a bucket holds for nobody: content whose row was never written, since whoever was ended between the two has left
 * it, and what was on its way through a queue that has given it up. Neither retention nor the deletion of a person would ever
 * find it. I/O through the ports; some at a time, going round and round.
 */

import type { Database } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import type { Clock } from '../../lib/clock.ts'
import { DAY_MS } from '../../lib/time-spans.ts'
import type { R2Like } from './r2-blobs.ts'

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

const CONTENTS = 'transcripts/'
/** Longer than any queue keeps a message that would put the content again, and then its row. */
const RESTING_MS = 10 * DAY_MS
/** What messages name that are too small to hold it. */
const PARCELS = ['batch/', 'shadow/', 'spool/'] as const
/** Two queues, one for dead letters, keep a message for 14 days each, at most. */
const PARCEL_MS = 30 * DAY_MS
const OBJECTS_AT_ONCE = 1_000
/** How far the last round came, for all instances. */
const SETTING = 'swept_to'
const REMEMBER =
  'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value'

/** Looks at the next thousand of each kind, and gives how many it removed. @throws DatabaseError, and what the bucket throws. */
export async function sweep(ports: SweepPorts): Promise<number> {
  const { database } = ports
  let removed = await sweepNext(ports, {
    prefix: CONTENTS,
    setting: SETTING,
    restingMs: RESTING_MS,
    leftOf: (keys) => withoutRow(database, keys),
  })
  for (const prefix of PARCELS) {
    removed += await sweepNext(ports, {
      prefix,
      setting: `${SETTING} ${prefix}`,
      restingMs: PARCEL_MS,
      leftOf: (keys) => Promise.resolve(keys),
    })
  }
  return removed
}

type Kind = {
  readonly prefix: string
  readonly setting: string
  readonly restingMs: number
  /** Those of old keys that nobody needs. */
  readonly leftOf: (keys: readonly string[]) => Promise<readonly string[]>
}

async function sweepNext(
  { database, bucket, clock }: SweepPorts,
  { prefix, setting, restingMs, leftOf }: Kind,
): Promise<number> {
  const [found] = await database.all('SELECT value FROM settings WHERE name = ?', [setting])
  const after = typeof found?.value === 'string' ? found.value : ''
  const { objects, truncated } = await bucket.list({
    prefix,
    limit: OBJECTS_AT_ONCE,
    ...(after !== '' && { startAfter: after }),
  })
  const old = objects.filter(({ uploaded }) => uploaded.getTime() < clock.now() - restingMs)
  const left = await leftOf(old.map(({ key }) => key))
  if (left.length > 0) await bucket.delete([...left])
  const reached = truncated ? (objects.at(-1)?.key ?? '') : ''
  if (reached !== after) await database.batch([{ sql: REMEMBER, params: [setting, reached] }])
  return left.length
}

async function withoutRow(database: Database, keys: readonly string[]): Promise<readonly string[]> {
  if (keys.length === 0) return []
  const sql = `SELECT id FROM transcripts WHERE id IN (${listed(database)})`
  const rows = await database.all(sql, [JSON.stringify(keys.map(idOf))])
  const present = new Set(rows.map(({ id }) => String(id)))
  return keys.filter((key) => !present.has(idOf(key)))
}

/** `transcripts/tr_….json.gz.jwe` */
function idOf(key: string): string {
  const name = key.slice(CONTENTS.length)
  const end = name.indexOf('.')
  return end === -1 ? name : name.slice(0, end)
}
