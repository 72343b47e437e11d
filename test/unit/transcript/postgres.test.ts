import { afterAll, beforeAll, describe } from 'vitest'
import { createPostgresDatabase } from '../../../src/database/postgres.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/database-blobs.ts'
import { encryptAtOnce } from '../../../src/transcript/encrypt.node.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { describeCustody } from './custody-suite.ts'
import { describeSealing } from './sealing-suite.ts'

const installed = findPostgres() !== null
if (!installed) process.stdout.write('skipped: PostgreSQL is not installed on this machine\n')

describe.skipIf(!installed)('PostgreSQL', () => {
  let server: PostgresServer
  let count = 0
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const open = async () => {
    const name = `test_${++count}`
    await server.query(`CREATE DATABASE ${name}`)
    const url = server.url.replace(/postgres$/, name)
    const database = createPostgresDatabase({ url, queryTimeoutMs: 20_000 })
    return { database, blobs: createDatabaseBlobs(database) }
  }

  describeCustody('pg', open, zlibCompression)
  describeSealing('pg', { open, compression: zlibCompression, encrypt: encryptAtOnce })
})
