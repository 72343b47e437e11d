/**
 * Gateway keys: made, listed, revoked, and verified at every request. I/O through the SQL port.
 * Only the SHA-256 of a key is kept, in the database and in memory; looking up by it leaves nothing to compare in
 * constant time. A revocation is seen within a second by every instance; while the database is away, a key that was
 * good goes on being good for ten minutes and no longer, so that an outage of the database is not one of the gateway.
 */
import { LRUCache } from 'lru-cache'
import type { Database, Row } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { beforeTimeout } from '../lib/before-timeout.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Mode } from '../policy/section.ts'
import type { Consent, Principal } from './principal.ts'

export type KeyRecord = {
  readonly id: string
  readonly tenant: string
  readonly app: string
  /** Policy ids the key may choose from, the first by default; `*` allows any. */
  readonly policies: readonly string[]
  readonly consent: Consent
  /** The weakest mode its requests may run in; null leaves it to the policy. */
  readonly minimumMode: Mode | null
  /** Null for no limit. */
  readonly requestsPerMinute: number | null
  /** Milliseconds since the epoch, like the other times. */
  readonly created: number
  readonly expires: number | null
  readonly revoked: number | null
}

export type NewKey = {
  readonly tenant: string
  readonly app: string
  readonly policies: readonly string[] | '*'
  readonly consent: Consent
  readonly mode?: Mode
  readonly requestsPerMinute?: number
  /** Milliseconds since the epoch. */
  readonly expires?: number
}

export type KeyFailure = {
  readonly reason: 'key_unknown' | 'key_revoked' | 'key_expired' | 'keys_unavailable'
}

export interface KeyStore {
  /** Makes a key. This is the only time it can be seen. */
  create(key: NewKey): Promise<{ readonly id: string; readonly key: string }>
  /** Every key, the newest first, revoked ones too; of one tenant when it is named. */
  list(tenant?: string): Promise<readonly KeyRecord[]>
  /** False when there is no such key; revoking twice is no error. */
  revoke(id: string): Promise<boolean>
  /** Verifies a key as it was presented. */
  verify(presented: string): Promise<Result<KeyRecord, KeyFailure>>
  /** Verifies a key by the SHA-256 of the whole of it, as lowercase hex. */
  find(hash: string): Promise<Result<KeyRecord, KeyFailure>>
}

export type KeyStoreOptions = {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  /** So long a request waits for the database before it makes do with what is remembered. */
  readonly lookupTimeoutMs?: number
}

type Remembered = { readonly record: KeyRecord; readonly readAtMs: number }

/** How old an answer may be, and so how late a revocation is seen. */
const FRESH_MS = 1_000
/** How long a key that was good stays good while the database is away. */
const OUTAGE_MS = 10 * 60_000
/** After a lookup failed, nobody who can do without one waits for the next. */
const AVOID_MS = 1_000
const MAX_REMEMBERED = 10_000

const KEY = /^chm_[0-9a-f]{8}_[0-9a-f]{40}$/
const COLUMNS =
  'id, tenant, app, policies, consent, minimum_mode, requests_per_minute, created, expires, revoked'

export function createKeyStore(options: KeyStoreOptions): KeyStore {
  const { database, clock, random, lookupTimeoutMs = 1_000 } = options
  /** By hash; only what the database has said of keys it knows. Unknown keys are asked about each time. */
  const remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED })
  let avoidUntilMs = Number.NEGATIVE_INFINITY

  const lookUp = async (hash: string): Promise<Remembered | null> => {
    const readAtMs = clock.monotonic()
    const select = `SELECT ${COLUMNS} FROM gateway_keys WHERE hash = ?`
    const [row] = await beforeTimeout(database.all(select, [hash]), lookupTimeoutMs, () =>
      Promise.reject(new Error('The database took too long')),
    )
    return row ? { record: readRecord(row), readAtMs } : null
  }

  const find = async (hash: string): Promise<Result<KeyRecord, KeyFailure>> => {
    const known = remembered.get(hash)
    const ageMs = known ? clock.monotonic() - known.readAtMs : Number.POSITIVE_INFINITY
    if (known && ageMs < FRESH_MS) return judge(known.record, clock.now())
    const bridge = known && ageMs < OUTAGE_MS ? known.record : null
    if (bridge && clock.monotonic() < avoidUntilMs) return judge(bridge, clock.now())
    try {
      const found = await lookUp(hash)
      if (!found) {
        remembered.delete(hash)
        return fail({ reason: 'key_unknown' })
      }
      remembered.set(hash, found)
      return judge(found.record, clock.now())
    } catch {
      // Whatever is wrong with the database, it is not the caller's fault.
      avoidUntilMs = clock.monotonic() + AVOID_MS
      if (bridge) return judge(bridge, clock.now())
      return fail({ reason: 'keys_unavailable' })
    }
  }

  return {
    find,
    async create({ tenant, app, policies, consent, ...rest }) {
      const { mode = null, requestsPerMinute = null, expires = null } = rest
      const id = random.hex(4)
      const key = `chm_${id}_${random.hex(20)}`
      const list = JSON.stringify(policies === '*' ? ['*'] : policies)
      const limits = [mode, requestsPerMinute]
      const values = [id, tenant, app, list, consent, ...limits, clock.now(), expires, null]
      const sql = `INSERT INTO gateway_keys (${COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
      await database.batch([{ sql, params: [...values, await sha256Hex(key)] }])
      return { id, key }
    },
    async list(tenant) {
      const where = tenant === undefined ? '' : 'WHERE tenant = ?'
      const sql = `SELECT ${COLUMNS} FROM gateway_keys ${where} ORDER BY created DESC, id`
      const rows = await database.all(sql, tenant === undefined ? [] : [tenant])
      return rows.map(readRecord)
    },
    async revoke(id) {
      const sql =
        'UPDATE gateway_keys SET revoked = COALESCE(revoked, ?) WHERE id = ? RETURNING hash'
      const [row] = await database.all(sql, [clock.now(), id])
      if (!row) return false
      remembered.delete(String(row.hash))
      return true
    },
    async verify(presented) {
      if (!KEY.test(presented)) return fail({ reason: 'key_unknown' })
      return find(await sha256Hex(presented))
    },
  }
}

/**
 * The lookup as authentication wants it: a live key's principal, or null.
 * The function throws GatewayError `storage_unavailable` when that cannot be told.
 */
export function createFindKey(keys: KeyStore): (hash: string) => Promise<Principal | null> {
  return async (hash) => {
    const found = await keys.find(hash)
    if (found.ok) return keyToPrincipal(found.value)
    if (found.failure.reason !== 'keys_unavailable') return null
    throw new GatewayError('storage_unavailable', { message: 'The API key could not be checked' })
  }
}

export function keyToPrincipal(record: KeyRecord): Principal {
  const { created: _created, expires: _expires, revoked: _revoked, ...principal } = record
  return { kind: 'key', ...principal, scope: [], subject: null }
}

function judge(record: KeyRecord, now: number): Result<KeyRecord, KeyFailure> {
  if (record.revoked !== null) return fail({ reason: 'key_revoked' })
  if (record.expires !== null && record.expires <= now) return fail({ reason: 'key_expired' })
  return succeed(record)
}

/** Reads a row that this program wrote. */
function readRecord(row: Row): KeyRecord {
  const { minimum_mode: minimumMode, requests_per_minute: requestsPerMinute, ...fields } = row
  const policies: unknown = JSON.parse(String(row.policies))
  return { ...fields, minimumMode, requestsPerMinute, policies } as KeyRecord
}
