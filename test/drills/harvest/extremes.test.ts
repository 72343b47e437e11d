/** Exports of what is far from usual: rows of megabytes within the small heap of the command line, and half characters. */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { expect, it } from 'vitest'
import { createParquetEncoder } from '../../../src/harvest/export/files/encode-parquet.ts'
import { exportFrom, readManifest, storeOf } from '../../unit/harvest/export-scene.ts'
import { plant, wordsOfNumber } from '../../unit/harvest/stages/plant.ts'

const PROGRAM = resolve(import.meta.dirname, '../../../src/cli/main.node.ts')
const BROKEN = 'half \ud800 of it'
const CHARACTERS = 5_000_000

/** Cyrillic, so that each character takes two bytes everywhere. */
function longText(number: number): string {
  const words = wordsOfNumber(number, 1_000).replace(/[a-z]/g, (letter) =>
    String.fromCharCode(letter.charCodeAt(0) + 0x430 - 0x61),
  )
  return `${words} `.repeat(Math.ceil(CHARACTERS / words.length))
}

/** Runs the command as anyone does: in a process whose heap is bounded. */
async function exportApart(folder: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'harvest', 'export', ...args], {
    env: { ...process.env, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += String(text)
    })
  }
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, said }
}

it('rows of five million characters are exported as they are, in the heap that the command has', async () => {
  const transcripts = [1, 2, 3].map((number) =>
    plant(number, { prompt: longText(number), answer: longText(-number), decision: 'comply' }),
  )
  const folder = await storeOf(transcripts)
  const out = join(folder, 'out')
  const args = ['--format', 'transcript', '--out', out, '--parquet'] as const
  expect(await exportApart(folder, ...args)).toMatchObject({ code: 0 })
  const file = Uint8Array.from(readFileSync(join(out, 'train.parquet'))).buffer
  const rows = await parquetReadObjects({ file })
  const isSame = transcripts.map(
    (transcript, place) => JSON.stringify(transcript) === String(rows[place]?.record),
  )
  expect(isSame).toEqual([true, true, true])
  rmSync(folder, { recursive: true, force: true })
})

it('a Parquet file holds a long text once, and no group of it keeps one in memory', () => {
  const encoder = createParquetEncoder({ columns: { id: 'string', text: 'string' }, codec: null })
  const text = 'a'.repeat(1_000_000)
  const pieces = [...encoder.add({ id: 'a', text }), ...encoder.finish()]
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  expect(bytes).toBeLessThan(1.01 * text.length)
})

it.each([
  ['sft', 3, 1],
  // A record is JSON text, and may say anything.
  ['transcript', 2, 2],
])('what no file in UTF-8 can hold is left out of %s, and counted', async (format, left, kept) => {
  const request = { model: 'm', messages: [{ role: 'user', content: BROKEN }] }
  const inRequest = { ...plant(1), request, received: null }
  const named = plant(2)
  const inModel = { ...named, upstream: { ...named.upstream, model: BROKEN } }
  const inAnswer = plant(3, { answer: BROKEN })
  const folder = await storeOf([inRequest, inModel, inAnswer, plant(4)])
  const out = join(folder, 'out')
  expect(await exportFrom(folder, '--format', format, '--out', out)).toMatchObject({ code: 0 })
  expect(readManifest(out)).toMatchObject({ dropped: { not_unicode: left }, kept })
  rmSync(folder, { recursive: true, force: true })
})
