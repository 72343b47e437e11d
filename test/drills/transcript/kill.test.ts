import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { drainSpool } from '../../../src/transcript/spool/drain.ts'
import { openJournal } from '../../../src/transcript/spool/journal.node.ts'
import { createDatabaseBlobs } from '../../../src/transcript/store/database-blobs.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { liveAndDie } from '../../fakes/killed.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import { countingMetrics } from '../../fakes/storage.ts'
import { createKeyPair, openStored } from '../../fakes/transcript-keys.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-kill-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const CHILD = join(import.meta.dirname, 'kill-child.ts')
const LIVES = 5
const LONGEST_MS = 200

/** Whatever in the files of a folder, torn ones and the log of the database among them, can be read without a key. */
function readableIn(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile())
    .flatMap((file) => {
      const bytes = readFileSync(join(file.parentPath, file.name))
      const found: string[] = []
      if (/REASONING|PROMPT|ANSWER|EVIDENCE/.test(bytes.toString('latin1'))) found.push(file.name)
      for (let at = bytes.indexOf(GZIP); at >= 0; at = bytes.indexOf(GZIP, at + 1)) {
        if (unpacks(bytes.subarray(at))) found.push(`${file.name} at ${at}`)
      }
      return found
    })
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08])

/** True where it begins as packed text. */
function unpacks(bytes: Buffer): boolean {
  const options = { finishFlush: constants.Z_SYNC_FLUSH }
  try {
    return gunzipSync(bytes.subarray(0, 200), options).toString('latin1').startsWith('{"')
  } catch {
    return false
  }
}

describe('kill -9 while transcripts are written', () => {
  it.each([
    ['steady', 'in the clear'],
    ['flaky', 'in the clear'],
    ['flaky', 'sealed'],
  ])('loses none and doubles none, store %s, content %s', async (mode, how) => {
    const folder = join(root, `${mode} ${how}`)
    const { publicKey, privateKey } = await createKeyPair()
    const key = how === 'sealed' ? [JSON.stringify(publicKey)] : []
    const lines: string[] = []
    const random = createSeededRandom()
    for (let life = 0; life < LIVES; life++) {
      const args = [folder, mode, String(life), ...key]
      const { code, errors, ...lived } = await liveAndDie(
        CHILD,
        args,
        random.fraction() * LONGEST_MS,
      )
      expect([errors, code, random.seed]).toEqual(['', null, random.seed])
      lines.push(...lived.lines)
    }
    expect(readableIn(folder).length > 0).toBe(how === 'in the clear')
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
      const stored = await store.read(id)
      const opened = how === 'sealed' && (await openStored(stored, privateKey, zlibCompression))
      expect(opened || stored?.transcript).toMatchObject({ id, attempts: [{}, {}] })
    }
    expect([spool.waiting, metrics.fates.includes('dropped')]).toEqual([0, false])
    await spool.close()
    expect(readdirSync(join(folder, 'spool')).filter((name) => name !== 'aside')).toEqual([])
    await database.close()
    process.stdout.write(
      `kill -9, store ${mode}, content ${how}: ${LIVES} kills, ${acknowledged.length} acknowledged (${spooled} in the journal), 0 lost, 0 doubled, seed ${random.seed}\n`,
    )
    if (mode === 'flaky') expect(spooled).toBeGreaterThan(0)
  })
})
