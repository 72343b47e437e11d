/**
 * People with tokens of their own: who they are, what they hold, and until when. I/O through the SQL port. What a person holds is
 * what stands here at the moment they ask, and never what their token says: a revocation is at once, on every instance over the
 * database. No token is kept, nor anything that one could be made of.
 */
import type { JWTPayload } from 'jose'
import type { AuditLog } from '../audit/audit-log.ts'
import { type Database, DatabaseError, type Row } from '../database/database.ts'
import type { Clock, Random } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { VerifyToken } from './tokens.ts'

export type NewPerson = {
  /** As the audit log shall name them: of those who live, one has it. */
  readonly name: string
  readonly scopes: readonly string[]
  /** Tenant ids; `*` is every one. */
  readonly tenants: readonly string[]
  /** Policy ids; `*` is every one. */
  readonly policies: readonly string[]
  /** Milliseconds since the epoch, like the other times. */
  readonly expires: number
}

export type Person = NewPerson & {
  readonly id: string
  readonly created: number
  readonly createdBy: string
  readonly revoked: number | null
}

/** Every method rejects with DatabaseError when the database does not answer. */
export interface AdminStore {
  /** Notes the person, and in the audit log who did. */
  create(person: NewPerson, actor: string): Promise<Result<Person, { reason: 'name_taken' }>>
  /** The newest first; those who were revoked or have ended, too. */
  list(): Promise<readonly Person[]>
  /** False where there is none; twice is no error, and is noted once. */
  revoke(id: string, actor: string): Promise<boolean>
  /** Null unless the person may be let in now. */
  findLive(id: string): Promise<Person | null>
}

/** Who makes tokens for people: the issuer of this gateway's own. */
export type PeopleIssuer = {
  /** Gives the claims of a token of its own; `jti` is the person's id. */
  readonly verify: VerifyToken
  /** The token: whoever asks is the only one to have it. */
  readonly issue: (person: Pick<Person, 'id' | 'name' | 'expires'>) => Promise<string>
}

const COLUMNS = 'id, name, scopes, tenants, policies, created, created_by, expires, revoked'

export function createAdminStore(ports: {
  readonly database: Database
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}): AdminStore {
  const { database, audit, clock, random } = ports

  const find = async (id: string): Promise<Person | null> => {
    const [row] = await database.all(`SELECT ${COLUMNS} FROM admins WHERE id = ?`, [id])
    return row ? readPerson(row) : null
  }

  return {
    async create(person, actor) {
      const { name, scopes, tenants, policies, expires } = person
      const [id, created] = [`adm_${random.hex(8)}`, clock.now()]
      const lists = [scopes, tenants, policies].map((list) => JSON.stringify(list))
      const details = { id, name, scopes, tenants, policies, expires }
      try {
        await audit.commit(eventOf('admin.create', actor, details), [
          // Whose time is over has left the name.
          {
            sql: 'UPDATE admins SET revoked = expires WHERE name = ? AND revoked IS NULL AND expires <= ?',
            params: [name, created],
          },
          {
            sql: `INSERT INTO admins (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            params: [id, name, ...lists, created, actor, expires, null],
          },
        ])
      } catch (error) {
        if (error instanceof DatabaseError && error.failure === 'conflict') {
          return fail({ reason: 'name_taken' })
        }
        throw error
      }
      return succeed({ ...person, id, created, createdBy: actor, revoked: null })
    },
    async list() {
      const rows = await database.all(`SELECT ${COLUMNS} FROM admins ORDER BY created DESC, id`, [])
      return rows.map(readPerson)
    },
    async revoke(id, actor) {
      const person = await find(id)
      if (!person) return false
      if (person.revoked !== null) return true
      // Of two at once, the first one's moment stays.
      const sql = 'UPDATE admins SET revoked = COALESCE(revoked, ?) WHERE id = ?'
      await audit.commit(eventOf('admin.revoke', actor, { id, name: person.name }), [
        { sql, params: [clock.now(), id] },
      ])
      return true
    },
    async findLive(id) {
      const person = await find(id)
      return person && person.revoked === null && person.expires > clock.now() ? person : null
    },
  }
}

/** A token names its person by `jti`; gives what they hold now, as claims. */
export function createVerifyPerson(
  verify: VerifyToken,
  admins: Pick<AdminStore, 'findLive'>,
): VerifyToken {
  return async function verifyPerson(token): Promise<JWTPayload | null> {
    const { jti } = (await verify(token)) ?? {}
    const person = jti === undefined ? null : await admins.findLive(jti)
    if (!person) return null
    const { name, scopes, tenants, policies } = person
    return { sub: name, scope: scopes.join(' '), tenants, policies }
  }
}

function eventOf(action: string, actor: string, details: JsonObject) {
  return { actor, action, policy: null, tenant: null, details }
}

/** Reads a row that this program wrote. */
function readPerson(row: Row): Person {
  const { created_by: createdBy, ...fields } = row
  const [scopes, tenants, policies] = [row.scopes, row.tenants, row.policies].map(
    (list) => JSON.parse(String(list)) as unknown,
  )
  return { ...fields, createdBy, scopes, tenants, policies } as Person
}
