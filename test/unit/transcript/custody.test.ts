import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createR2Blobs } from '../../../src/transcript/store/r2-blobs.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { fakeBucket } from '../../fakes/storage.ts'
import { describeCustody } from './custody-suite.ts'

const open = () => openSqlite({ path: ':memory:' })

describeCustody(
  'node:sqlite',
  async () => {
    const database = open()
    return { database, blobs: createDatabaseBlobs(database) }
  },
  zlibCompression,
)

describeCustody(
  'node:sqlite and a bucket',
  async () => ({ database: open(), blobs: createR2Blobs(fakeBucket()) }),
  zlibCompression,
)
