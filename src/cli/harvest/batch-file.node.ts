/**
 * The state of a batch on disk: what is done with, and what it has cost. File I/O.
 * A prompt that is in the store and not in here was finished by a kill's victim: the store is asked before it is paid for.
 */
import { join } from 'node:path'
import type { Done } from '../../jobs/batch/run-item.ts'
import {
  BATCH_HEADER_START,
  type BatchHeader,
  type BatchStateLine,
  decodeBatchHeader,
  decodeBatchLine,
  encodeBatchHeader,
  encodeBatchLine,
} from '../../jobs/batch/state.ts'
import { type BatchTally, createBatchTally } from '../../jobs/batch/tally.ts'
import { canonicalJson } from '../../lib/json.ts'
import { openLineFile } from '../shell/line-file.node.ts'

export type BatchFile = {
  readonly path: string
  readonly tally: BatchTally
  finish(line: number, done: Omit<Done, 'kind' | 'found' | 'outcome'> & Outcome): void
  lose(tokens: number): void
  close(): void
}

type Outcome = { readonly outcome: Done['outcome'] | 'queued' }

/** Where the state of a batch is kept unless somebody says otherwise. */
export function batchStatePath(dataDir: string, id: string): string {
  return join(dataDir, 'batches', `${id}.jsonl`)
}

/** @throws Error for a file of another batch, or one that another process works at. */
export async function openBatchFile(path: string, header: BatchHeader): Promise<BatchFile> {
  const tally = createBatchTally(header.lines)
  const file = await openLineFile({
    path,
    start: BATCH_HEADER_START,
    onLine(text, number) {
      if (number === 1) {
        checkHeader(path, decodeBatchHeader(text), header)
        return
      }
      const line = decodeBatchLine(text)
      if (!line) throw notResumable(path, `line ${number} is no line of a batch`)
      tally.add(line)
    },
  })
  if (!file.isBegun) file.append(encodeBatchHeader(header))
  const append = (line: BatchStateLine) => {
    file.append(encodeBatchLine(line))
    tally.add(line)
  }
  return {
    path,
    tally,
    finish(line, { transcript, outcome, reason, tokens }) {
      append({ line, transcript, outcome, reason, tokens })
    },
    lose(tokens) {
      if (tokens > 0) append({ lost: tokens })
    },
    close: () => file.close(),
  }
}

function checkHeader(path: string, there: BatchHeader | null, here: BatchHeader): void {
  if (!there) throw notResumable(path, 'it does not begin as one')
  const flat = ({ plan, ...rest }: BatchHeader) => ({ ...rest, ...plan })
  const [before, now] = [flat(there), flat(here)]
  const differences = Object.entries(now)
    .map(([name, value]) => ({ name, value, was: before[name as keyof typeof before] }))
    .filter(({ value, was }) => canonicalJson(value) !== canonicalJson(was ?? null))
    .map(({ name, value, was }) => `${name}: ${String(was)} there, ${String(value)} here`)
  if (differences.length > 0) throw notResumable(path, differences.join('; '))
}

function notResumable(path: string, why: string): Error {
  return new Error(
    `Name another --batch or --state, or remove the file: ${path} cannot be gone on with: ${why}`,
  )
}
