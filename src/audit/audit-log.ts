/**
 * The audit log: every administrative write, who made it, chained by hashes so that a change or a gap shows. I/O through
 * the SQL port. An event is written in the transaction of what it tells of: neither can be there without the other.
 */
import {
  type Database,
  DatabaseError,
  type Row,
  type SqlValue,
  type Statement,
} from '../database/database.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import { canonicalJson, type JsonObject, parseJson } from '../lib/json.ts'

/** What happened, as its author tells it. */
export type AuditEvent = {
  /** Who did it: `admin:<subject>`, `cli:<account>`, or `gateway` for what it does by itself. */
  readonly actor: string
  /** As `policy.activate` or `key.create`. */
  readonly action: string
  readonly policy: string | null
  readonly tenant: string | null
  /** Digests, numbers and ids; never content, a key or a token. */
  readonly details: JsonObject
}

export type AuditEntry = AuditEvent & {
  /** Counted from 1, without gaps. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly time: number
  /** The hash of the entry before; 64 zeros for the first. */
  readonly prev: string
  /** Lowercase hex SHA-256 of the canonical JSON (RFC 8785) of all other fields. */
  readonly hash: string
}

export type AuditHead = Pick<AuditEntry, 'seq' | 'hash'>

export interface AuditLog {
  /**
   * Runs the statements and appends the event, in one transaction.
   * @throws DatabaseError of the statements; `conflict` is theirs alone.
   */
  commit(event: AuditEvent, statements: readonly Statement[]): Promise<AuditEntry>
  /** Entries after a number, oldest first. */
  read(after: number, limit: number): Promise<readonly AuditEntry[]>
  head(): Promise<AuditHead>
}

export const GENESIS: AuditHead = { seq: 0, hash: '0'.repeat(64) }

/** One try for every writer that may be at it at the same moment, and many to spare. */
const MAX_TRIES = 100
const COLUMNS = 'seq, time, actor, action, policy, tenant, details, prev, hash'
const INSERT = `INSERT INTO audit (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function createAuditLog(options: {
  readonly database: Database
  readonly clock: Clock
}): AuditLog {
  const { database, clock } = options

  const head = async (): Promise<AuditHead> => {
    const [row] = await database.all('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1')
    return row ? { seq: Number(row.seq), hash: String(row.hash) } : GENESIS
  }

  return {
    head,
    async commit(event, statements) {
      for (let tries = 1; ; tries++) {
        const before = await head()
        const entry = await chain(event, before, clock.now())
        try {
          // First, so that of two writers at once the later one waits before it has done any work.
          await database.batch([{ sql: INSERT, params: paramsOf(entry) }, ...statements])
          return entry
        } catch (error) {
          const raced = error instanceof DatabaseError && error.failure === 'conflict'
          if (!raced || tries >= MAX_TRIES || (await head()).seq === before.seq) throw error
        }
      }
    },
    async read(after, limit) {
      const sql = `SELECT ${COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`
      return (await database.all(sql, [after, limit])).map(readEntry)
    },
  }
}

/** The hash an entry must have. */
export function hashOf({ hash: _hash, ...entry }: AuditEntry): Promise<string> {
  return sha256Hex(canonicalJson(entry))
}

async function chain(event: AuditEvent, before: AuditHead, time: number): Promise<AuditEntry> {
  const { actor, action, policy, tenant, details } = event
  const fields = { seq: before.seq + 1, time, actor, action, policy, tenant, details }
  const entry = { ...fields, prev: before.hash, hash: '' }
  return { ...entry, hash: await hashOf(entry) }
}

function paramsOf(entry: AuditEntry): readonly SqlValue[] {
  const { seq, time, actor, action, policy, tenant, details, prev, hash } = entry
  return [seq, time, actor, action, policy, tenant, canonicalJson(details), prev, hash]
}

/** Reads a row as it stands: whether it is what was written is for the hash to say. */
function readEntry(row: Row): AuditEntry {
  const details = parseJson(String(row.details))
  return { ...row, details: details.ok ? details.value : row.details } as unknown as AuditEntry
}
