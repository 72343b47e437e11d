import { expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { createPostgresDatabase } from '../../../src/database/postgres.node.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeDatabase } from '../../unit/database/database-suite.ts'

describeOnPostgres(({ newDatabase, server }) => {
  describeDatabase('pg', newDatabase)

  it('classes a server that cannot be reached as unavailable', async () => {
    const database = createPostgresDatabase({ url: 'postgres://chambers@127.0.0.1:1/nothing' })
    await expect(database.all('SELECT 1')).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'Cannot reach PostgreSQL: ECONNREFUSED',
    })
    await database.close()
  })

  it('classes a database that is not there as unavailable', async () => {
    const database = createPostgresDatabase({ url: server().url.replace(/postgres$/, 'nowhere') })
    await expect(database.all('SELECT 1')).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'PostgreSQL answered 3D000',
    })
    await database.close()
  })

  it('goes on by itself after the server was stopped and started', async () => {
    const database = await newDatabase()
    await database.batch([{ sql: 'CREATE TABLE t (id TEXT)', params: [] }])
    await server().stop()
    await expect(database.all('SELECT id FROM t')).rejects.toMatchObject({ failure: 'unavailable' })
    await server().start()
    await expect.poll(() => database.all('SELECT id FROM t').catch(() => 'gone')).toEqual([])
    await database.close()
  })

  it('classes a connection that broke under its queries as unavailable, and goes on', async () => {
    const database = await newDatabase({ maxConnections: 2 })
    await database.batch([{ sql: 'CREATE TABLE t (id TEXT)', params: [] }])
    // Writes that are still on their way when a connection breaks must fail, and nothing else with them.
    for (let round = 0; round < 20; round++) {
      const calls = await Promise.allSettled([
        database.all('SELECT pg_terminate_backend(pg_backend_pid())'),
        ...Array.from({ length: 8 }, () =>
          database.batch([
            { sql: 'INSERT INTO t VALUES (?)', params: ['a'] },
            { sql: 'INSERT INTO t VALUES (?)', params: ['b'] },
          ]),
        ),
      ])
      expect(calls[0]).toMatchObject({ reason: { failure: 'unavailable' } })
    }
    const rows = await database.all('SELECT id, count(*) AS many FROM t GROUP BY id ORDER BY id')
    expect(rows[0]?.many).toBe(rows[1]?.many)
    await database.close()
  })

  it('waits for a migration for as long as it takes', async () => {
    const database = await newDatabase({ queryTimeoutMs: 300 })
    const slow = { version: 1, name: 'slow', statements: ['SELECT pg_sleep(0.6)'] }
    expect(await migrate(database, [slow])).toEqual({ ok: true, value: { applied: [1] } })
    await database.close()
  })

  it('gives up a server that hangs, and uses new connections afterwards', async () => {
    const database = await newDatabase({ queryTimeoutMs: 300, maxConnections: 1 })
    await database.all('SELECT 1')
    await server().freeze()
    await expect(database.all('SELECT 2 AS two')).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'PostgreSQL has not answered within 300 ms',
    })
    await server().thaw()
    await expect
      .poll(() => database.all('SELECT 2 AS two').catch(() => 'gone'))
      .toEqual([{ two: 2 }])
    await database.close()
  })
})
