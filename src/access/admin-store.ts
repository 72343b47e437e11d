/**
 * People with tokens of their own: who they are, what they hold, and until when. I/O through the SQL port. What a person holds is
 * what stands here at the moment they ask, and never what their token says: a revocation is at once, on every instance over the
 * database. Of a token its SHA-256 alone is kept, so that nobody makes one of what stands here.
 */
import type { AuditLog } from '../audit/audit-log.ts'
import { type Database, DatabaseError, type Row } from '../database/database.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import type { JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

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
  /** Notes the person, and in the audit log who did; gives the token, which nobody sees again. */
  create(
    person: NewPerson,
    by: { readonly actor: string; readonly issue: IssueToken },
  ): Promise<Result<{ readonly person: Person; readonly token: string }, { reason: 'name_taken' }>>
  /** The newest first; those who were revoked or have ended, too. */
  list(): Promise<readonly Person[]>
  /** False where there is none; twice is no error, and is noted once. */
  revoke(id: string, actor: string): Promise<boolean>
  /** Whoever was given this token, revoked or not; null where nobody was. */
  find(token: string): Promise<Person | null>
}

/** Makes a token for a person: whoever asks is the only one to have it. */
export type IssueToken = (person: Pick<Person, 'id' | 'name' | 'expires'>) => Promise<string>

const COLUMNS = 'id, name, scopes, tenants, policies, created, created_by, expires, revoked'

export function createAdminStore(ports: {
  readonly database: Database
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}): AdminStore {
  const { database, audit, clock, random } = ports

  const findBy = async (column: 'id' | 'hash', value: string): Promise<Person | null> => {
    const [row] = await database.all(`SELECT ${COLUMNS} FROM admins WHERE ${column} = ?`, [value])
    return row ? readPerson(row) : null
  }

  return {
    async create(person, { actor, issue }) {
      const { name, scopes, tenants, policies, expires } = person
      const [id, created] = [`adm_${random.hex(8)}`, clock.now()]
      const lists = [scopes, tenants, policies].map((list) => JSON.stringify(list))
      const details = { id, name, scopes, tenants, policies, expires }
      const token = await issue({ id, name, expires })
      try {
        await audit.commit(eventOf('admin.create', actor, details), [
          // Whose time is over has left the name.
          {
            sql: 'UPDATE admins SET revoked = expires WHERE name = ? AND revoked IS NULL AND expires <= ?',
            params: [name, created],
          },
          {
            sql: `INSERT INTO admins (${COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            params: [id, name, ...lists, created, actor, expires, null, await sha256Hex(token)],
          },
        ])
      } catch (error) {
        if (error instanceof DatabaseError && error.failure === 'conflict') {
          return fail({ reason: 'name_taken' })
        }
        throw error
      }
      return succeed({
        person: { ...person, id, created, createdBy: actor, revoked: null },
        token,
      })
    },
    async list() {
      const rows = await database.all(`SELECT ${COLUMNS} FROM admins ORDER BY created DESC, id`, [])
      return rows.map(readPerson)
    },
    async revoke(id, actor) {
      const person = await findBy('id', id)
      if (!person) return false
      if (person.revoked !== null) return true
      // Of two at once, the first one's moment stays.
      const sql = 'UPDATE admins SET revoked = COALESCE(revoked, ?) WHERE id = ?'
      await audit.commit(eventOf('admin.revoke', actor, { id, name: person.name }), [
        { sql, params: [clock.now(), id] },
      ])
      return true
    },
    find: async (token) => findBy('hash', await sha256Hex(token)),
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
