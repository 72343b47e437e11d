/**
 * The store of what the next turn of a conversation may ask for: sealed, per tenant, for a while, and gone with its person. I/O
 * through the SQL port. It must never hold a word in the clear, nor give one tenant what is another's.
 */
import type { Database, Row, Statement } from '../database/database.ts'
import { listed } from '../database/listed.ts'
import type { Clock } from '../lib/clock.ts'
import type { JsonValue } from '../lib/json.ts'
import type { StateSeal } from './seal.ts'

/** `turn`: what a provider wants back with an assistant's turn. `response`: what a client names by an id. */
export type StateKind = 'turn' | 'response'

/** Whose it is, and of which kind. */
export type StatePlace = { readonly tenant: string; readonly kind: StateKind }

export type StateEntry = StatePlace & {
  /** Of one tenant and kind, one key is one entry: the later one stays. */
  readonly key: string
  /** Of whom it is, as transcripts have it; null where nobody is named. */
  readonly subject: string | null
  readonly model: string
  /** Wall time in milliseconds: of the request that it came of, and from when on it is gone. */
  readonly created: number
  readonly expires: number
  readonly content: JsonValue
}

export type KeptState = Omit<StateEntry, keyof StatePlace>

export type ListOptions = {
  readonly prefix: string
  /** The last key of the page before. */
  readonly after?: string
  readonly limit: number
}

export interface StateStore {
  /** All or none. What a deleted person has asked before the deletion is not taken. @throws DatabaseError */
  put(entries: readonly StateEntry[]): Promise<void>
  /** Those of the keys that are there, by key, in one query; what cannot be opened any more is not there. @throws DatabaseError */
  get(place: StatePlace, keys: readonly string[]): Promise<ReadonlyMap<string, KeptState>>
  /** The keys that begin so, in their order. @throws DatabaseError */
  list(place: StatePlace, options: ListOptions): Promise<readonly string[]>
  /** False where it was not there, or not any more. @throws DatabaseError */
  delete(place: StatePlace, key: string): Promise<boolean>
}

export type StateStoreOptions = {
  readonly database: Database
  readonly seal: StateSeal
  readonly clock: Pick<Clock, 'now'>
}

const PUT = `INSERT INTO conversation_state (tenant, kind, key, subject, model, created, expires, content)
  SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT)
  WHERE NOT EXISTS (SELECT 1 FROM deleted_subjects WHERE subject = ? AND (tenant = ? OR tenant = '*') AND time >= ?)
  ON CONFLICT (tenant, kind, key) DO UPDATE SET subject = excluded.subject, model = excluded.model, created = excluded.created,
    expires = excluded.expires, content = excluded.content`

export function createStateStore({ database, seal, clock }: StateStoreOptions): StateStore {
  const putStatement = async (entry: StateEntry): Promise<Statement> => {
    const { tenant, kind, key, subject, model, created, expires } = entry
    const content = await seal.seal(entry.content, purposeOf(entry, key))
    const row = [tenant, kind, key, subject, model, created, expires, content]
    return { sql: PUT, params: [...row, subject, tenant, created] }
  }

  const open = async (place: StatePlace, row: Row): Promise<readonly KeptState[]> => {
    const key = String(row.key)
    const content = await seal.open(String(row.content), purposeOf(place, key))
    if (!content.ok) return []
    const subject = row.subject === null ? null : String(row.subject)
    const [created, expires] = [Number(row.created), Number(row.expires)]
    return [{ key, subject, model: String(row.model), created, expires, content: content.value }]
  }

  return {
    async put(entries) {
      if (entries.length > 0) await database.batch(await Promise.all(entries.map(putStatement)))
    },
    async get(place, keys) {
      if (keys.length === 0) return new Map()
      const sql = `SELECT key, subject, model, created, expires, content FROM conversation_state
        WHERE tenant = ? AND kind = ? AND key IN (${listed(database)}) AND expires > ?`
      const params = [place.tenant, place.kind, JSON.stringify(keys), clock.now()]
      const rows = await database.all(sql, params)
      const kept = (await Promise.all(rows.map((row) => open(place, row)))).flat()
      return new Map(kept.map((one) => [one.key, one]))
    },
    async list({ tenant, kind }, { prefix, after = '', limit }) {
      const sql = `SELECT key FROM conversation_state
        WHERE tenant = ? AND kind = ? AND substr(key, 1, ?) = ? AND key > ? AND expires > ? ORDER BY key LIMIT ?`
      const params = [tenant, kind, prefix.length, prefix, after, clock.now(), limit]
      return (await database.all(sql, params)).map(({ key }) => String(key))
    },
    async delete({ tenant, kind }, key) {
      const sql =
        'DELETE FROM conversation_state WHERE tenant = ? AND kind = ? AND key = ? RETURNING expires'
      const [row] = await database.all(sql, [tenant, kind, key])
      return row !== undefined && Number(row.expires) > clock.now()
    },
  }
}

/** A row that is copied to another place does not open there. */
function purposeOf({ tenant, kind }: StatePlace, key: string): readonly string[] {
  return ['store', tenant, kind, key]
}

export type DeletedPerson = {
  /** The keyed digest, as rows have it. */
  readonly subject: string
  /** Null: whichever tenant it is of. */
  readonly tenants: readonly string[] | null
  /** What is younger stays. */
  readonly time: number
}

/** Removes what is of a person. @throws DatabaseError */
export async function forgetState(
  database: Database,
  { subject, tenants, time }: DeletedPerson,
): Promise<void> {
  const ofTenants = tenants === null ? '' : ` AND tenant IN (${listed(database)})`
  const sql = `DELETE FROM conversation_state WHERE subject = ? AND created <= ?${ofTenants}`
  const params = [subject, time, ...(tenants === null ? [] : [JSON.stringify(tenants)])]
  await database.batch([{ sql, params }])
}

const ROWS_AT_ONCE = 200

/** Removes what has ended, so many rows at most, some at a time; gives how many. @throws DatabaseError */
export async function expireState(
  { database, clock }: Pick<StateStoreOptions, 'database' | 'clock'>,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal | null },
): Promise<number> {
  const sql = `DELETE FROM conversation_state WHERE (tenant, kind, key) IN
    (SELECT tenant, kind, key FROM conversation_state WHERE expires <= ? ORDER BY expires LIMIT ?) RETURNING key`
  let removed = 0
  while (removed < limit && !signal?.aborted) {
    const rows = await database.all(sql, [clock.now(), Math.min(ROWS_AT_ONCE, limit - removed)])
    removed += rows.length
    if (rows.length < ROWS_AT_ONCE) break
  }
  return removed
}
