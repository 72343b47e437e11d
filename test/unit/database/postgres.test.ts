import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createPostgresDatabase,
  type PostgresOptions,
} from '../../../src/database/postgres.node.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { describeDatabase } from './database-suite.ts'

const installed = findPostgres() !== null
if (!installed) process.stdout.write('skipped: PostgreSQL is not installed on this machine\n')

describe.skipIf(!installed)('PostgreSQL', () => {
  let server: PostgresServer
  let count = 0
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const newDatabase = async (options: Partial<PostgresOptions> = {}) => {
    const name = `test_${++count}`
    await server.query(`CREATE DATABASE ${name}`)
    return createPostgresDatabase({ url: server.url.replace(/postgres$/, name), ...options })
  }

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
    const database = createPostgresDatabase({ url: server.url.replace(/postgres$/, 'nowhere') })
    await expect(database.all('SELECT 1')).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'PostgreSQL answered 3D000',
    })
    await database.close()
  })

  it('goes on by itself after the server was stopped and started', async () => {
    const database = await newDatabase()
    await database.batch([{ sql: 'CREATE TABLE t (id TEXT)', params: [] }])
    await server.stop()
    await expect(database.all('SELECT id FROM t')).rejects.toMatchObject({ failure: 'unavailable' })
    await server.start()
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

  it('gives up a server that hangs, and uses new connections afterwards', async () => {
    const database = await newDatabase({ queryTimeoutMs: 300, maxConnections: 1 })
    await database.all('SELECT 1')
    await server.freeze()
    await expect(database.all('SELECT 2 AS two')).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'PostgreSQL has not answered within 300 ms',
    })
    await server.thaw()
    await expect
      .poll(() => database.all('SELECT 2 AS two').catch(() => 'gone'))
      .toEqual([{ two: 2 }])
    await database.close()
  })
})
