import { expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { encryptAtOnce } from '../../../src/transcript/seal/encrypt.node.ts'
import { createSeal } from '../../../src/transcript/seal/seal.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { describeSealing } from './sealing-suite.ts'

const open = async () => {
  const database = openSqlite({ path: ':memory:' })
  return { database, blobs: createDatabaseBlobs(database) }
}

describeSealing('node:sqlite', { open, compression: zlibCompression, encrypt: encryptAtOnce })

describeSealing('node:sqlite through WebCrypto', { open, compression: streamCompression })

it.each([
  [{ kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }],
  [{ kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }],
] as const)('a key that is no point of its curve seals nothing: %j', async (key) => {
  const sealing = createSeal({ key, clock: systemClock, random: systemRandom })
  await expect(sealing).rejects.toThrow()
})
