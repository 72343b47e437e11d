/** A data folder with transcripts that are worth exporting, and the command line that exports them. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/lib/json.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import { fillStore } from '../../fakes/logged-transcripts.ts'
import { chambersIn } from '../cli/chambers.ts'
import { plant } from './stages/plant.ts'

/** The same transcript with a draft before it that a review held against. */
export function withFailedDraft(transcript: Transcript, text: string): Transcript {
  const [released] = transcript.attempts
  if (!released?.answer) throw new Error('The transcript has no answer')
  const [verdict] = released.verdicts
  if (!verdict) throw new Error('The answer has no verdict')
  const failed = {
    ...released,
    number: released.number - 1,
    reasoning: `A hasty thought about ${text}`,
    answer: { ...released.answer, parts: [{ kind: 'text' as const, text }] },
    verdicts: [{ ...verdict, passed: false, reasons: ['score:style'] }],
  }
  return { ...transcript, attempts: [failed, released] }
}

/** So many good ones, each third with a draft that failed. */
export function goodTranscripts(count: number): readonly Transcript[] {
  return Array.from({ length: count }, (_, index) => {
    const good = plant(index + 1)
    return index % 3 === 0 ? withFailedDraft(good, `Draft number ${index} that failed`) : good
  })
}

export async function storeOf(transcripts: Iterable<Transcript>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-export-test-'))
  await fillStore(folder, transcripts)
  return folder
}

/** Runs `chambers harvest export` on a data folder. */
export function exportFrom(folder: string, ...args: readonly string[]) {
  return chambersIn({ DATA_DIR: folder })('harvest', 'export', ...args)
}

export function readRows(path: string): readonly JsonObject[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonObject)
}

export function readManifest(folder: string): JsonObject {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as JsonObject
}
