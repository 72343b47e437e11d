/** What every adapter of the SQL port keeps, as one suite over an open database. It runs on Node and on workerd alike. */
import { describe, expect, it } from 'vitest'
import { type Database, DatabaseError } from '../../../src/database/database.ts'
import { digestOf, migrate } from '../../../src/database/migrate.ts'
import { MIGRATIONS } from '../../../src/database/migrations.ts'

const TABLE = `CREATE TABLE things (id TEXT PRIMARY KEY, counted BIGINT, weighed DOUBLE PRECISION, told TEXT)`
const INSERT = 'INSERT INTO things (id, counted, weighed, told) VALUES (?, ?, ?, ?)'

const insert = (id: string, counted = 1) => ({ sql: INSERT, params: [id, counted, 0.5, null] })

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) =>
      error instanceof DatabaseError ? error.failure : `other: ${String(error)}`,
  )

/** `open` gives a database with nothing in it, for each test anew. */
export function describeDatabase(name: string, open: () => Promise<Database>): void {
  const withTable = async () => {
    const database = await open()
    await database.batch([{ sql: TABLE, params: [] }])
    return database
  }

  describe(`${name}: the port`, () => {
    it('reads back what was written, type by type', async () => {
      const database = await withTable()
      const time = 1_790_000_000_123
      await database.batch([{ sql: INSERT, params: ['a', time, 0.25, 'naïve 漢字 😀 "?" \'?\''] }])
      expect(await database.all('SELECT id, counted, weighed, told FROM things')).toEqual([
        { id: 'a', counted: time, weighed: 0.25, told: 'naïve 漢字 😀 "?" \'?\'' },
      ])
      await database.close()
    })

    it('keeps every byte of a blob of a megabyte', async () => {
      const database = await open()
      const blob = database.dialect === 'postgres' ? 'BYTEA' : 'BLOB'
      await database.batch([
        { sql: `CREATE TABLE blobs_here (name TEXT PRIMARY KEY, bytes ${blob})`, params: [] },
      ])
      const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31) % 256)
      await database.batch([
        { sql: 'INSERT INTO blobs_here VALUES (?, ?), (?, NULL)', params: ['a', bytes, 'b'] },
      ])
      const rows = await database.all('SELECT bytes FROM blobs_here ORDER BY name')
      const read = rows[0]?.bytes
      expect(read).toBeInstanceOf(Uint8Array)
      expect(read instanceof Uint8Array && read.every((byte, at) => byte === bytes[at])).toBe(true)
      expect(read).toHaveLength(bytes.length)
      expect(rows[1]?.bytes).toBeNull()
      await database.close()
    })

    it('leaves question marks in strings, identifiers and comments alone', async () => {
      const database = await open()
      expect(
        await database.all(
          `SELECT 'what?' AS "really?", ? AS answer -- why?\n /* because? */ , 'it''s?' AS "last"`,
          ['yes'],
        ),
      ).toEqual([{ 'really?': 'what?', answer: 'yes', last: "it's?" }])
      await database.close()
    })

    it('gives counts and sums as numbers', async () => {
      const database = await withTable()
      await database.batch([insert('a', 3_000_000_000), insert('b', 4_000_000_000)])
      expect(
        await database.all('SELECT count(*) AS rows_there, sum(counted) AS total FROM things'),
      ).toEqual([{ rows_there: 2, total: 7_000_000_000 }])
      await database.close()
    })

    it('updates on conflict and returns the row, through `all`', async () => {
      const database = await withTable()
      const sql = `${INSERT} ON CONFLICT (id) DO UPDATE SET counted = things.counted + excluded.counted RETURNING counted`
      expect(await database.all(sql, ['a', 2, 0, null])).toEqual([{ counted: 2 }])
      expect(await database.all(sql, ['a', 3, 0, null])).toEqual([{ counted: 5 }])
      await database.close()
    })

    it('pages by key with a limit as a parameter', async () => {
      const database = await withTable()
      await database.batch(['a', 'b', 'c', 'd'].map((id) => insert(id)))
      const page = 'SELECT id FROM things WHERE id > ? ORDER BY id LIMIT ?'
      expect(await database.all(page, ['', 2])).toEqual([{ id: 'a' }, { id: 'b' }])
      expect(await database.all(page, ['b', 2])).toEqual([{ id: 'c' }, { id: 'd' }])
      await database.close()
    })

    it('keeps nothing of a batch of which one statement fails', async () => {
      const database = await withTable()
      const failed = await failureOf(database.batch([insert('a'), insert('b'), insert('a')]))
      expect([failed, await database.all('SELECT id FROM things')]).toEqual(['conflict', []])
      await database.close()
    })

    it('does nothing for an empty batch', async () => {
      const database = await open()
      await expect(database.batch([])).resolves.toBeUndefined()
      await database.close()
    })

    it('keeps the good ones of many batches at once, and fails the bad ones alone', async () => {
      const database = await withTable()
      const ids = Array.from({ length: 60 }, (_, index) => `id${String(index).padStart(2, '0')}`)
      const outcomes = await Promise.all(
        ids.map((id, index) =>
          failureOf(database.batch(index % 10 === 5 ? [insert(id), insert(id)] : [insert(id)])),
        ),
      )
      const rows = await database.all('SELECT id FROM things ORDER BY id')
      expect(rows.map((row) => row.id)).toEqual(ids.filter((_, index) => index % 10 !== 5))
      expect(outcomes).toEqual(ids.map((_, index) => (index % 10 === 5 ? 'conflict' : 'none')))
      await database.close()
    })

    it.each([
      ['a syntax error', 'SELEC 1', 'rejected'],
      ['a missing table', 'SELECT * FROM nowhere', 'rejected'],
      ['a repeated key', `INSERT INTO things (id) VALUES ('a'), ('a')`, 'conflict'],
    ])('classes %s', async (_, sql, failure) => {
      const database = await withTable()
      expect(await failureOf(database.all(sql))).toBe(failure)
      await database.close()
    })

    it('says nothing of the values in an error', async () => {
      const database = await withTable()
      await database.batch([insert('CANARY')])
      const message = await database.batch([insert('CANARY')]).catch(String)
      expect(message).toMatch(/^DatabaseError: /)
      expect(message).not.toContain('CANARY')
      await database.close()
    })
  })

  describe(`${name}: the migrations`, () => {
    it('bring a new database to the schema, once', async () => {
      const database = await open()
      const versions = MIGRATIONS.map(({ version }) => version)
      expect(await migrate(database)).toEqual({ ok: true, value: { applied: versions } })
      expect(await migrate(database)).toEqual({ ok: true, value: { applied: [] } })
      expect(await database.all('SELECT count(*) AS n FROM transcripts')).toEqual([{ n: 0 }])
      await database.close()
    })

    it('ask one question when there is nothing to do', async () => {
      const database = await open()
      await migrate(database)
      const asked: string[] = []
      const watched: Database = {
        ...database,
        all: (sql, params) => {
          asked.push(sql)
          return database.all(sql, params)
        },
        batch: () => Promise.reject(new Error('Nothing is to be written')),
      }
      await migrate(watched)
      expect(asked).toEqual(['SELECT version, digest FROM schema_migrations'])
      await database.close()
    })

    it('apply each step once when many start together', async () => {
      const database = await open()
      const reports = await Promise.all(Array.from({ length: 5 }, () => migrate(database)))
      const applied = reports.flatMap((report) => (report.ok ? report.value.applied : [-1]))
      expect(applied.toSorted((a, b) => a - b)).toEqual(MIGRATIONS.map(({ version }) => version))
      await database.close()
    })

    it('refuse a database on which a step was applied with another text', async () => {
      const database = await open()
      await migrate(database)
      const [first, ...rest] = MIGRATIONS
      if (!first) throw new Error('There is no migration')
      const altered = { ...first, statements: [...first.statements, 'SELECT 1'] }
      expect(await migrate(database, [altered, ...rest])).toMatchObject({
        ok: false,
        failure: {
          reason: 'migration_changed',
          version: 1,
          message: expect.stringContaining('Migration 1 (transcripts) was applied'),
        },
      })
      await database.close()
    })

    it('refuse a database that a newer program has used', async () => {
      const database = await open()
      const newer = { version: 99, name: 'tomorrow', statements: ['CREATE TABLE later (id TEXT)'] }
      await migrate(database, [...MIGRATIONS, newer])
      expect(await migrate(database)).toMatchObject({
        ok: false,
        failure: {
          reason: 'database_newer',
          version: 99,
          message: expect.stringContaining('does not know'),
        },
      })
      await database.close()
    })

    it('keep nothing of a step that fails, and apply it once it is mended', async () => {
      const database = await open()
      const broken = { version: 1, name: 'one', statements: ['CREATE TABLE good (id TEXT)', 'NO'] }
      expect(await failureOf(migrate(database, [broken]))).toBe('rejected')
      const mended = { ...broken, statements: ['CREATE TABLE good (id TEXT)'] }
      expect(await migrate(database, [mended])).toEqual({ ok: true, value: { applied: [1] } })
      expect(await database.all('SELECT digest FROM schema_migrations')).toEqual([
        { digest: await digestOf(mended) },
      ])
      await database.close()
    })
  })
}
