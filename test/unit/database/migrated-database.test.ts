import { beforeEach, describe, expect, it } from 'vitest'
import { type Database, DatabaseError } from '../../../src/database/database.ts'
import {
  createMigratedDatabase,
  type MigratedDatabase,
} from '../../../src/database/migrated-database.ts'
import { MIGRATIONS } from '../../../src/database/migrations.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'

let real: Database
let isAway: boolean
let asked: number
let time: number
let database: MigratedDatabase

beforeEach(() => {
  real = openSqlite({ path: ':memory:' })
  isAway = true
  asked = 0
  time = 0
  const unlessAway = <Value>(work: () => Promise<Value>): Promise<Value> => {
    asked++
    return isAway ? Promise.reject(new DatabaseError('unavailable', 'gone')) : work()
  }
  database = createMigratedDatabase({
    database: {
      ...real,
      all: (sql, params) => unlessAway(() => real.all(sql, params)),
      batch: (statements) => unlessAway(() => real.batch(statements)),
    },
    clock: { now: () => time, monotonic: () => time },
  })
})

const settings = () => database.all('SELECT * FROM settings')

describe('a database that comes into reach after the start', () => {
  it('is brought to the schema before anything is asked of it', async () => {
    await expect(settings()).rejects.toMatchObject({ failure: 'unavailable', message: 'gone' })
    isAway = false
    time += 500
    expect(await settings()).toEqual([])
    expect((await database.all('SELECT count(*) AS n FROM schema_migrations'))[0]?.n).toBe(
      MIGRATIONS.length,
    )
  })

  it('is not tried again at once, which would cost each caller a timeout', async () => {
    await expect(database.migrate()).rejects.toThrow('gone')
    const before = asked
    await expect(settings()).rejects.toThrow('gone')
    await expect(database.batch([])).rejects.toThrow('gone')
    expect(asked).toBe(before)
  })

  it('of a newer program is as good as gone', async () => {
    isAway = false
    await database.migrate()
    await real.batch([
      {
        sql: 'INSERT INTO schema_migrations (version, name, digest) VALUES (?, ?, ?)',
        params: [99, 'x', 'x'],
      },
    ])
    const other = createMigratedDatabase({
      database: real,
      clock: { now: () => 0, monotonic: () => 0 },
    })
    expect(await other.migrate()).toMatchObject({ ok: false, failure: { version: 99 } })
    await expect(other.all('SELECT 1')).rejects.toMatchObject({
      failure: 'unavailable',
      message: expect.stringContaining('migration 99'),
    })
  })

  it('is asked nothing more than what was asked of it once it is there', async () => {
    isAway = false
    await database.migrate()
    const before = asked
    await settings()
    expect(asked - before).toBe(1)
  })
})
