import { expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { createDatabaseBlobs } from '../../../../src/transcript/store/database-blobs.ts'
import { toEntry } from '../../../../src/transcript/store/entry.ts'
import { createR2Blobs } from '../../../../src/transcript/store/r2-blobs.ts'
import { createTranscriptStore } from '../../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../../../fakes/deliberation.ts'
import { fakeBucket } from '../../../fakes/storage.ts'
import { describeStore } from '../store-suite.ts'

const open = () => openSqlite({ path: ':memory:' })

describeStore(
  'node:sqlite',
  async () => {
    const database = open()
    return { database, blobs: createDatabaseBlobs(database) }
  },
  zlibCompression,
)

describeStore(
  'node:sqlite and a bucket',
  async () => ({ database: open(), blobs: createR2Blobs(fakeBucket()) }),
  zlibCompression,
)

it('tells a database that is gone from one that refuses', async () => {
  const database = open()
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
  const entry = await toEntry(sampleTranscript(1), zlibCompression)
  expect(await store.append([entry])).toMatchObject({ failure: { reason: 'rejected' } })
  await database.close()
  expect(await store.append([entry])).toMatchObject({ failure: { reason: 'unavailable' } })
})
