/**
 * The state of a batch on disk: what is done with, and what it has cost. File I/O.
 * A prompt that is in the store and not in here was finished by a kill's victim: the store is asked before it is paid for.
 */
import { join } from 'node:path'
import { type BatchHeader, type BatchStateLine, batchState } from '../../jobs/batch/state.ts'
import { type BatchTally, createBatchTally } from '../../jobs/batch/tally.ts'
import { openStateFile } from '../../jobs/runner/state-file.node.ts'

export type BatchFile = {
  readonly tally: BatchTally
  add(line: BatchStateLine): void
  close(): void
}

/** Where the state of a batch is kept unless somebody says otherwise. */
export function batchStatePath(dataDir: string, id: string): string {
  return join(dataDir, 'batches', `${id}.jsonl`)
}

/** @throws Error for a file of another batch, or one that another process works at. */
export async function openBatchFile(path: string, header: BatchHeader): Promise<BatchFile> {
  const tally = createBatchTally(header.lines)
  const file = await openStateFile({
    path,
    format: batchState,
    begin: () => header,
    onLine: (line) => tally.add(line),
    advice: 'Name another --batch or --state, or remove the file',
  })
  return {
    tally,
    add(line) {
      file.append(line)
      tally.add(line)
    },
    close: () => file.close(),
  }
}
