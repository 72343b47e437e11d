import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { openExportIndex } from '../../../src/harvest/export/passes/export-index.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeExport } from '../../unit/harvest/export-suite.ts'

const scratch = mkdtempSync(join(tmpdir(), 'chambers-export-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const openInMemory = async () => {
  const database = openSqlite({ path: ':memory:' })
  return { database, blobs: createDatabaseBlobs(database) }
}

describeExport('SQLite', { open: openInMemory, compression: zlibCompression })

describeExport('SQLite, with an index on disk', {
  open: openInMemory,
  compression: zlibCompression,
  openIndex: () => openExportIndex(scratch),
})

describeOnPostgres(({ newDatabase }) => {
  describeExport('PostgreSQL', {
    async open() {
      const database = await newDatabase({ queryTimeoutMs: 20_000 })
      return { database, blobs: createDatabaseBlobs(database) }
    },
    compression: zlibCompression,
    openIndex: () => openExportIndex(scratch),
  })
})
