import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import {
  exportFrom,
  goodTranscripts,
  readManifest,
  storeOf,
} from '../../unit/harvest/export-scene.ts'

const PROGRAM = resolve(import.meta.dirname, '../../../src/cli/main.node.ts')

/** Starts an export in a process of its own and kills it after a while; true when it was killed before its end. */
async function killed(folder: string, out: string, afterMs: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'harvest', 'export', '--out', out, '--parquet', '--force'],
    { env: { ...process.env, DATA_DIR: folder }, stdio: 'ignore' },
  )
  const ended = new Promise<boolean>((done) => {
    child.on('exit', (_code, signal) => done(signal === 'SIGKILL'))
  })
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

it('an export that is killed leaves a whole one or none, and no manifest of half a one', async () => {
  const folder = await storeOf(goodTranscripts(2_000))
  const out = join(folder, 'out')
  let kills = 0
  const random = createSeededRandom()
  for (let life = 0; life < 6; life++) {
    if (await killed(folder, out, 400 + random.fraction() * 2_400)) kills++
    if (existsSync(join(out, 'manifest.json')))
      expect([isWhole(out), random.seed]).toEqual([true, random.seed])
  }
  expect(kills).toBeGreaterThan(0)
  await exportFrom(folder, '--out', out, '--parquet', '--force')
  expect(readdirSync(out).toSorted()).toEqual(['README.md', 'manifest.json', 'train.parquet'])
  expect(isWhole(out)).toBe(true)
})
