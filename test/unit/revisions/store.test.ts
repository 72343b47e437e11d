import { afterAll, beforeAll, describe } from 'vitest'
import { createPostgresDatabase } from '../../../src/database/postgres.node.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { describeRevisions } from './revisions-suite.ts'

describeRevisions('SQLite', async () => openSqlite({ path: ':memory:' }))

const installed = findPostgres() !== null
if (!installed) process.stdout.write('skipped: PostgreSQL is not installed on this machine\n')

describe.skipIf(!installed)('on PostgreSQL', () => {
  let server: PostgresServer
  let number = 0
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  describeRevisions('PostgreSQL', async () => {
    const name = `revisions_${++number}`
    await server.query(`CREATE DATABASE ${name}`)
    const url = new URL(server.url)
    url.pathname = `/${name}`
    return createPostgresDatabase({ url: url.href })
  })
})
