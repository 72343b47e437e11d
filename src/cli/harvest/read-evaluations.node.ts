/** Evaluation files as an index of what must not be trained on. Reads the disk, a piece at a time. */
import { createReadStream } from 'node:fs'
import {
  createEvaluationIndex,
  type EvaluationIndex,
} from '../../harvest/stages/evaluation-index.ts'
import { createEvaluationReader, evaluationForm } from '../../harvest/stages/evaluation-texts.ts'
import { UsageError } from '../shell/io.ts'

/** Null where no file is named. @throws UsageError for a file that cannot be read as one, or too many words in all. */
export async function readEvaluations(paths: readonly string[]): Promise<EvaluationIndex | null> {
  if (paths.length === 0) return null
  const index = createEvaluationIndex()
  for (const path of paths) await learn(path, index)
  return index
}

async function learn(path: string, index: EvaluationIndex): Promise<void> {
  const form = evaluationForm(path)
  if (!form) {
    throw new UsageError(
      `Give --decontaminate files that end in .jsonl, .json, .csv, .txt or .md: ${path}`,
    )
  }
  const reader = createEvaluationReader(form)
  const take = (read: ReturnType<typeof reader.read>) => {
    if (!read.ok) {
      const { line } = read.failure
      throw new UsageError(`Mend ${path}${line === null ? '' : `:${line}`}: it cannot be read`)
    }
    if (!read.value.every((text) => index.add(text))) {
      throw new UsageError(`Name fewer files with --decontaminate: ${path} is too many words`)
    }
  }
  for await (const piece of createReadStream(path, { encoding: 'utf8' })) {
    take(reader.read(String(piece)))
  }
  take(reader.end())
}
