/**
 * Gateway keys: made, listed, revoked, and verified at every request. I/O through the SQL port.
 * Only the SHA-256 of a key is kept, in the database and in memory; looking up by it leaves nothing to compare in
 * constant time. A revocation is seen within a second by every instance; while the database is away, a key that was
 * good goes on being good for ten minutes and no longer, through a restart too where there are copies, so that an outage
 * of the database is not one of the gateway.
 */
import { LRUCache } from 'lru-cache'
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts'
import type { Database, Row } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { beforeTimeout } from '../lib/before-timeout.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import type { JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Defer } from '../policy/repository.ts'
import type { Mode } from '../policy/section.ts'
import type { KeyCopy, KnownKey } from './key-copy.ts'
import type { KeyRecord } from './key-record.ts'
import type { Consent, Principal } from './principal.ts'

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
  /** Makes a key, and notes in the audit log who did. This is the only time it can be seen. */
  create(key: NewKey, actor: string): Promise<{ readonly id: string; readonly key: string }>
  /** Every key, the newest first, revoked ones too; of one tenant when it is named. */
  list(tenant?: string): Promise<readonly KeyRecord[]>
  /** False when there is no such key; revoking twice is no error, and is noted once. */
  revoke(id: string, actor: string): Promise<boolean>
  /** Verifies a key as it was presented. */
  verify(presented: string): Promise<Result<KeyRecord, KeyFailure>>
  /** Verifies a key by the SHA-256 of the whole of it, as lowercase hex; `keep` gets what need not be waited for. */
  find(hash: string, keep?: Defer): Promise<Result<KeyRecord, KeyFailure>>
}

export type KeyStoreOptions = {
  readonly database: Database
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  /** So long a request waits for the database before it makes do with what is remembered. */
  readonly lookupTimeoutMs?: number
  /** Null where nothing outlives this store. */
  readonly copy?: KeyCopy | null
}

type Remembered = KnownKey & { readonly readAtMs: number }

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
/** Of two at once, the first one's moment stays. */
const REVOKE = 'UPDATE gateway_keys SET revoked = COALESCE(revoked, ?) WHERE id = ?'

export function createKeyStore(options: KeyStoreOptions): KeyStore {
  const { database, audit, clock, random, lookupTimeoutMs = 1_000, copy = null } = options
  /** By hash; only what the database has said of keys it knows. Unknown keys are asked about each time. */
  const remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED })
  let avoidUntilMs = Number.NEGATIVE_INFINITY

  const lookUp = async (hash: string): Promise<Remembered | null> => {
    const readAtMs = clock.monotonic()
    const confirmed = clock.now()
    const select = `SELECT ${COLUMNS} FROM gateway_keys WHERE hash = ?`
    const [row] = await beforeTimeout(database.all(select, [hash]), lookupTimeoutMs, () =>
      Promise.reject(new Error('The database took too long')),
    )
    return row ? { record: readRecord(row), confirmed, readAtMs } : null
  }

  /** What the copy has of a key that the database cannot be asked about; it is as old as the clock on the wall says. */
  const recall = async (hash: string): Promise<KeyRecord | null> => {
    const kept = await copy?.read(hash).catch(() => null)
    if (!kept) return null
    const ageMs = clock.now() - kept.confirmed
    const isGood = ageMs >= 0 && ageMs < OUTAGE_MS
    if (!isGood && kept.record.revoked === null) return null
    // One that was asked about meanwhile is known better.
    if (!remembered.has(hash)) {
      remembered.set(hash, { ...kept, readAtMs: clock.monotonic() - Math.max(0, ageMs) })
    }
    return kept.record
  }

  const find = async (
    hash: string,
    keep: Defer = () => {},
  ): Promise<Result<KeyRecord, KeyFailure>> => {
    const known = remembered.get(hash)
    const ageMs = known ? clock.monotonic() - known.readAtMs : Number.POSITIVE_INFINITY
    if (known && ageMs < FRESH_MS) return judge(known.record, clock.now())
    const isKnown = known && (ageMs < OUTAGE_MS || known.record.revoked !== null)
    const bridge = isKnown ? known.record : null
    if (bridge && clock.monotonic() < avoidUntilMs) return judge(bridge, clock.now())
    try {
      const found = await lookUp(hash)
      if (!found) {
        remembered.delete(hash)
        return fail({ reason: 'key_unknown' })
      }
      remembered.set(hash, found)
      const writing = copy?.note(hash, { record: found.record, confirmed: found.confirmed })
      if (writing) keep(writing)
      return judge(found.record, clock.now())
    } catch {
      // Whatever is wrong with the database, it is not the caller's fault.
      avoidUntilMs = clock.monotonic() + AVOID_MS
      const last = bridge ?? (known ? null : await recall(hash))
      return last ? judge(last, clock.now()) : fail({ reason: 'keys_unavailable' })
    }
  }

  return {
    find,
    async create({ tenant, app, policies: allowed, consent, ...rest }, actor) {
      const { mode: minimumMode = null, requestsPerMinute = null, expires = null } = rest
      const id = random.hex(4)
      const key = `chm_${id}_${random.hex(20)}`
      const policies = allowed === '*' ? ['*'] : allowed
      const limits = { consent, minimumMode, requestsPerMinute, expires }
      const values = [id, tenant, app, JSON.stringify(policies), consent, minimumMode]
      const rates = [requestsPerMinute, clock.now(), expires, null]
      const sql = `INSERT INTO gateway_keys (${COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
      await audit.commit(
        eventOf('key.create', actor, { tenant, details: { id, app, policies, ...limits } }),
        [{ sql, params: [...values, ...rates, await sha256Hex(key)] }],
      )
      return { id, key }
    },
    async list(tenant) {
      const where = tenant === undefined ? '' : 'WHERE tenant = ?'
      const sql = `SELECT ${COLUMNS} FROM gateway_keys ${where} ORDER BY created DESC, id`
      const rows = await database.all(sql, tenant === undefined ? [] : [tenant])
      return rows.map(readRecord)
    },
    async revoke(id, actor) {
      const select = `SELECT ${COLUMNS}, hash FROM gateway_keys WHERE id = ?`
      const [row] = await database.all(select, [id])
      if (!row) return false
      if (row.revoked === null) {
        const details = { id, app: String(row.app) }
        await audit.commit(eventOf('key.revoke', actor, { tenant: String(row.tenant), details }), [
          { sql: REVOKE, params: [clock.now(), id] },
        ])
      }
      const { hash, ...columns } = row
      remembered.delete(String(hash))
      const confirmed = clock.now()
      const revoked = columns.revoked ?? confirmed
      await copy?.note(String(hash), { record: readRecord({ ...columns, revoked }), confirmed })
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
export function createFindKey(
  keys: KeyStore,
): (hash: string, keep?: Defer) => Promise<Principal | null> {
  return async (hash, keep) => {
    const found = await keys.find(hash, keep)
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

/** What the audit log is told: never a key, nor its hash. */
function eventOf(
  action: 'key.create' | 'key.revoke',
  actor: string,
  { tenant, details }: { readonly tenant: string; readonly details: JsonObject },
): AuditEvent {
  return { actor, action, policy: null, tenant, details }
}

/** Reads a row that this program wrote. */
function readRecord(row: Row): KeyRecord {
  const { minimum_mode: minimumMode, requests_per_minute: requestsPerMinute, ...fields } = row
  const policies: unknown = JSON.parse(String(row.policies))
  return { ...fields, minimumMode, requestsPerMinute, policies } as KeyRecord
}
