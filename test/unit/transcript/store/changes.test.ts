import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { createDatabaseBlobs } from '../../../../src/transcript/store/database-blobs.ts'
import { createR2Blobs } from '../../../../src/transcript/store/r2-blobs.ts'
import { zlibCompression } from '../../../../src/transcript/zlib-compression.node.ts'
import { fakeBucket } from '../../../fakes/storage.ts'
import { describeNumbers } from '../numbers-suite.ts'

const open = () => openSqlite({ path: ':memory:' })

describeNumbers(
  'node:sqlite',
  async () => {
    const database = open()
    return { database, blobs: createDatabaseBlobs(database) }
  },
  zlibCompression,
)

describeNumbers(
  'node:sqlite and a bucket',
  async () => ({ database: open(), blobs: createR2Blobs(fakeBucket()) }),
  zlibCompression,
)
