import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { forgetPerson } from '../../fakes/forget-person.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import { chambersIn } from '../../unit/cli/chambers.ts'
import {
  exportFrom,
  goodTranscripts,
  readManifest,
  storeOf,
} from '../../unit/harvest/export-scene.ts'

const PROGRAM = resolve(import.meta.dirname, '../../../src/cli/main.node.ts')
const ANN = 'a'.repeat(64)
const ROWS = 3_000

/** Scrubs in a process of its own and kills it once so much of it stands on the disk; true when it was killed before its end. */
async function killed(folder: string, out: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, 'harvest', 'scrub', out], {
    env: { ...process.env, DATA_DIR: folder },
    stdio: 'ignore',
  })
  const ended = new Promise<boolean>((done) => {
    child.on('exit', (_code, signal) => done(signal === 'SIGKILL'))
  })
  while (
    child.exitCode === null &&
    !readdirSync(out).some((name) => name.endsWith('.unfinished'))
  ) {
    await pause(1)
  }
  await pause(afterMs)
  child.kill('SIGKILL')
  return ended
}

const isWhole = (out: string) => {
  const files = readManifest(out).files as { path: string; sha256: string }[]
  return files.every(({ path, sha256 }) => {
    const bytes = readFileSync(join(out, path))
    return createHash('sha256').update(bytes).digest('hex') === sha256
  })
}

it.each([[['--split', '60/20/20']], [['--gzip']], [['--parquet', '--split', '60/20/20']]])(
  'a scrub that is killed leaves the old export, or what the next one goes on with: %s',
  async (args) => {
    const all = goodTranscripts(ROWS)
    const folder = await storeOf(
      all.map((one, index) => ({ ...one, subject: index % 3 === 0 ? ANN : null })),
    )
    const made = join(folder, 'made')
    await exportFrom(folder, '--out', made, ...args)
    const database = openSqlite({ path: join(folder, 'chambers.db') })
    await forgetPerson(database, ANN)
    await database.close()
    const { rows } = readManifest(made)
    const random = createSeededRandom()
    let kills = 0
    for (let life = 0; life < 6; life++) {
      const out = join(folder, `out-${life}`)
      cpSync(made, out, { recursive: true })
      // The first as soon as anything stands there: what is fast is over before a later one comes.
      if (await killed(folder, out, life * random.fraction() * 120)) kills++
      const told = [args, life, random.seed]
      if (existsSync(join(out, 'manifest.json'))) expect([isWhole(out), told]).toEqual([true, told])
      const { code, stderr } = await chambersIn({ DATA_DIR: folder })('harvest', 'scrub', out)
      expect([code, stderr, told]).toEqual([0, expect.any(String) as string, told])
      expect([isWhole(out), told]).toEqual([true, told])
      const left = readManifest(out)
      const gone = left.scrubbed as { rows: number }[]
      expect([Number(left.rows) + (gone[0]?.rows ?? 0), gone.length]).toEqual([rows, 1])
      expect(readdirSync(out).some((name) => name.endsWith('.unfinished'))).toBe(false)
    }
    expect(kills).toBeGreaterThan(0)
  },
)
