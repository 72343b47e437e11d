import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { createPostgresDatabase } from '../../../src/database/postgres.node.ts'
import { drainSpool } from '../../../src/transcript/spool/drain.ts'
import { openJournal } from '../../../src/transcript/spool/journal.node.ts'
import { createDurableSink } from '../../../src/transcript/spool/sink-durable.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createTranscriptStore, type TranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { countingMetrics } from '../../fakes/storage.ts'
import { describeStore } from '../../unit/transcript/store-suite.ts'

const installed = findPostgres() !== null
if (!installed) process.stdout.write('skipped: PostgreSQL is not installed on this machine\n')

const TIMEOUT_MS = 200
/** While it stands, a store that was away is not asked again. */
const STANDING = { now: () => 0, monotonic: () => 0 }

describe.skipIf(!installed)('PostgreSQL', () => {
  let server: PostgresServer
  let count = 0
  const folder = mkdtempSync(join(tmpdir(), 'chambers-outage-'))
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await server[Symbol.asyncDispose]()
  })

  const open = async () => {
    const name = `test_${++count}`
    await server.query(`CREATE DATABASE ${name}`)
    const url = server.url.replace(/postgres$/, name)
    const database = createPostgresDatabase({ url, connectTimeoutMs: 1_000, queryTimeoutMs: 2_000 })
    return { database, blobs: createDatabaseBlobs(database) }
  }

  describeStore('pg', open, zlibCompression)

  it.each(['stop', 'freeze'] as const)(
    'through an outage (%s) every transcript is kept',
    async (outage) => {
      const { database, blobs } = await open()
      await migrate(database)
      const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
      const spool = openJournal({ path: join(folder, outage) })
      const metrics = countingMetrics()
      let asked = 0
      const counted: TranscriptStore = {
        ...store,
        append(entries) {
          asked++
          return store.append(entries)
        },
      }
      const ports = { spool, metrics, clock: STANDING, compression: zlibCompression }
      // A machine under load may take longer than any outage should be waited for.
      const patient = createDurableSink({ ...ports, store, storeTimeoutMs: 20_000 })
      const sink = createDurableSink({ ...ports, store: counted, storeTimeoutMs: TIMEOUT_MS })
      const write = async (from: number, to: number, into = sink) => {
        const numbers = Array.from({ length: to - from }, (_, index) => from + index)
        const ends = await Promise.all(
          numbers.map((number) => into.write(sampleTranscript(number), { onFailure: 'spool' })),
        )
        return new Set(ends.map((end) => (end.ok ? end.value : end.failure.reason)))
      }
      expect(await write(0, 20, patient)).toEqual(new Set(['stored']))
      await server[outage]()
      expect(await write(20, 60)).toEqual(new Set(['spooled']))
      expect(await write(60, 80)).toEqual(new Set(['spooled']))
      expect(asked).toBe(40)
      expect(await drainSpool({ spool, store, metrics })).toBe('interrupted')
      expect(spool.waiting).toBe(60)

      await (outage === 'stop' ? server.start() : server.thaw())
      await expect.poll(() => drainSpool({ spool, store, metrics })).toBe('emptied')
      expect(spool.waiting).toBe(0)
      expect(await database.all('SELECT count(*) AS n FROM transcripts')).toEqual([{ n: 80 }])
      expect((await store.read(sampleTranscript(70).id))?.transcript).toEqual(
        JSON.parse(JSON.stringify(sampleTranscript(70))),
      )
      expect(metrics.fates).not.toContain('dropped')
      await spool.close()
      await database.close()
    },
  )
})
