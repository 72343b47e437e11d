/** Work that shows how far it is, until it ends in whatever way. Writes to stderr. */
import type { Io } from './io.ts'
import { type ProgressOptions, startProgress } from './progress.node.ts'

export type WorkProgress = Pick<ProgressOptions, 'total' | 'before' | 'note'> & {
  readonly io: Pick<Io, 'stderr' | 'terminal'>
}

/** `step`: to be called for each part that is done. */
export async function withProgress<Result>(
  { io, ...options }: WorkProgress,
  work: (step: () => void) => Promise<Result>,
): Promise<Result> {
  const columns = io.terminal?.stderr ? io.terminal.columns : null
  const progress = startProgress({ stderr: io.stderr, columns, ...options })
  try {
    return await work(() => progress.step())
  } finally {
    progress.end()
  }
}
