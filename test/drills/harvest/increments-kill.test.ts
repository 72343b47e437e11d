/** Increments of a store whose writers are killed again and again, by exports that are killed, too. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { drainSpool } from '../../../src/transcript/spool/drain.ts'
import { openJournal } from '../../../src/transcript/spool/journal.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { liveAndDie } from '../../fakes/killed.ts'
import { idOf } from '../../fakes/logged-transcripts.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import { exportFrom, storeOf } from '../../unit/harvest/export-scene.ts'
import { kept } from '../../unit/harvest/increment-kept.ts'
import { readNight } from '../../unit/harvest/increment-scene.ts'
import { killExport } from './kill-export.ts'

const CHILD = resolve(import.meta.dirname, 'increments-child.ts')
const LIVES = 8
const LONGEST_MS = 1_500

it('together they give what was acknowledged, all of it and each once', async () => {
  const folder = await storeOf([])
  const random = createSeededRandom()
  const nights: string[] = []
  const acknowledged: string[] = []
  let kills = 0
  const since = () => {
    const last = nights.at(-1)
    return last === undefined ? [] : ['--since', last]
  }
  for (let life = 1; life <= LIVES; life++) {
    const lived = await liveAndDie(CHILD, [folder, String(life)], random.fraction() * LONGEST_MS)
    expect([lived.errors, lived.code, random.seed]).toEqual(['', null, random.seed])
    acknowledged.push(...lived.lines.map((line) => `${idOf(Number(line))}#0`))
    const out = join(folder, `night-${life}`)
    const args = ['--internal', '--out', out, ...since()]
    // Every second one comes to its end, however busy the machine is.
    const afterMs = life % 2 === 0 ? null : 300 + random.fraction() * 2_000
    if (await killExport(folder, args, afterMs)) kills++
    if (existsSync(join(out, 'manifest.json'))) nights.push(out)
  }
  const database = openSqlite({ path: join(folder, 'chambers.db') })
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
  const spool = openJournal({ path: join(folder, 'spool') })
  expect(await drainSpool({ spool, store, metrics: noMetrics })).toBe('emptied')
  await spool.close()
  await database.close()

  const last = join(folder, 'last')
  const whole = join(folder, 'whole')
  await exportFrom(folder, '--internal', '--out', last, ...since())
  await exportFrom(folder, '--internal', '--out', whole)
  const together = kept([...nights, last].map(readNight))
  expect([together.size, random.seed]).toEqual([kept([readNight(whole)]).size, random.seed])
  expect(together).toEqual(kept([readNight(whole)]))
  expect(acknowledged.filter((id) => !together.has(JSON.stringify(id)))).toEqual([])
  expect(nights.length).toBeGreaterThan(2)
  process.stdout.write(
    `kill -9: ${LIVES} writers and ${kills} exports, ${nights.length + 1} increments, ${together.size} rows, 0 lost, 0 twice, seed ${random.seed}\n`,
  )
})
