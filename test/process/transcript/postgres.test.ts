import { encryptAtOnce } from '../../../src/transcript/seal/encrypt.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeCustody } from '../../unit/transcript/custody-suite.ts'
import { describeNumbers } from '../../unit/transcript/numbers-suite.ts'
import { describeSealing } from '../../unit/transcript/sealing-suite.ts'

describeOnPostgres(({ newDatabase }) => {
  const open = async () => {
    const database = await newDatabase({ queryTimeoutMs: 20_000 })
    return { database, blobs: createDatabaseBlobs(database) }
  }

  describeCustody('pg', open, zlibCompression)
  describeNumbers('pg', open, zlibCompression)
  describeSealing('pg', { open, compression: zlibCompression, encrypt: encryptAtOnce })
})
