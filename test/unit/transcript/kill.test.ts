import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/database-blobs.ts'
import { drainSpool } from '../../../src/transcript/drain.ts'
import { openJournal } from '../../../src/transcript/journal.node.ts'
import { createTranscriptStore } from '../../../src/transcript/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { countingMetrics } from '../../fakes/storage.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-kill-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const LIVES = 5

/** One life of the writing process, killed at a random moment after its first acknowledgement. */
async function liveAndDie(folder: string, mode: string, life: number): Promise<readonly string[]> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'kill-child.ts'), folder, mode, String(life)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  let errors = ''
  const first = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
    first.resolve()
  })
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await Promise.race([first.promise, closed])
  await pause(Math.random() * 200)
  child.kill('SIGKILL')
  await closed
  expect([errors, child.signalCode]).toEqual(['', 'SIGKILL'])
  // The last line may have been cut by the kill: what was not printed whole was not acknowledged.
  return output.split('\n').slice(0, -1)
}

describe('kill -9 while transcripts are written', () => {
  it.each(['steady', 'flaky'])('loses none and doubles none, store %s', async (mode) => {
    const folder = join(root, mode)
    const lines: string[] = []
    for (let life = 0; life < LIVES; life++) lines.push(...(await liveAndDie(folder, mode, life)))
    const acknowledged = lines.map((line) => line.split(' ')[0] ?? '')
    const spooled = lines.filter((line) => line.endsWith(' spooled')).length

    const database = openSqlite({ path: join(folder, 'chambers.db') })
    const blobs = createDatabaseBlobs(database)
    const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
    const spool = openJournal({ path: join(folder, 'spool') })
    const metrics = countingMetrics()
    expect(await drainSpool({ spool, store, metrics })).toBe('emptied')

    const rows = await database.all('SELECT id FROM transcripts')
    const ids = rows.map((row) => String(row.id))
    const present = new Set(ids)
    expect(acknowledged.filter((id) => !present.has(id))).toEqual([])
    expect(present.size).toBe(ids.length)
    // At most what was on its way in each life may be there without an acknowledgement.
    expect(ids.length - acknowledged.length).toBeLessThanOrEqual(LIVES * 100)
    for (const id of acknowledged.slice(-20)) {
      expect((await store.read(id))?.transcript?.id).toBe(id)
    }
    expect([spool.waiting, metrics.fates.includes('dropped')]).toEqual([0, false])
    await spool.close()
    expect(readdirSync(join(folder, 'spool')).filter((name) => name !== 'aside')).toEqual([])
    await database.close()
    process.stdout.write(
      `kill -9, store ${mode}: ${LIVES} kills, ${acknowledged.length} acknowledged (${spooled} in the journal), 0 lost, 0 doubled\n`,
    )
    if (mode === 'flaky') expect(spooled).toBeGreaterThan(0)
  })
})
