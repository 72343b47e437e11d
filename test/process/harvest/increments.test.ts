/** Increments over PostgreSQL. */
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeIncrements } from '../../unit/harvest/increments-suite.ts'

describeOnPostgres(({ newDatabase }) => {
  const open = async () => {
    const database = await newDatabase({ queryTimeoutMs: 20_000 })
    return { database, blobs: createDatabaseBlobs(database) }
  }
  describeIncrements('pg', open, zlibCompression)
})
