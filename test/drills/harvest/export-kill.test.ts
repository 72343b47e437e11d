import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import {
  exportFrom,
  goodTranscripts,
  readManifest,
  storeOf,
} from '../../unit/harvest/export-scene.ts'
import { killExport } from './kill-export.ts'

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
    if (
      await killExport(
        folder,
        ['--out', out, '--parquet', '--force'],
        400 + random.fraction() * 2_400,
      )
    )
      kills++
    if (existsSync(join(out, 'manifest.json')))
      expect([isWhole(out), random.seed]).toEqual([true, random.seed])
  }
  expect(kills).toBeGreaterThan(0)
  await exportFrom(folder, '--out', out, '--parquet', '--force')
  expect(readdirSync(out).toSorted()).toEqual(['README.md', 'manifest.json', 'train.parquet'])
  expect(isWhole(out)).toBe(true)
})
