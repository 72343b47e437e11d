/**
 * A batch run by this process: the models of the environment, the database of this machine. I/O: model calls, transcripts, the
 * state. A prompt is in the state only once its transcript is durable.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../../database/database.ts'
import { createAllowance } from '../../jobs/batch/allowance.ts'
import { type BatchLine, runBatch } from '../../jobs/batch/run.ts'
import { runBatchItem, type Unfinished } from '../../jobs/batch/run-item.ts'
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import { isEmpty, readInput } from '../shell/input-lines.node.ts'
import { startProgress } from '../shell/progress.node.ts'
import type { BatchFile } from './batch-file.node.ts'
import type { BatchClose, BatchJob } from './batch-job.node.ts'
import { openHeart } from './open-heart.node.ts'
import { openSink } from './open-sink.node.ts'

export async function runBatchHere(job: BatchJob, file: BatchFile): Promise<BatchClose> {
  const { plan, bundle, protocol, filled, settings, config, io, stop } = job
  const { tally } = file
  if (config.upstream.trainingRights === 'none') {
    io.stderr('UPSTREAM_TRAINING_RIGHTS is none: exports leave these transcripts out\n')
  }
  const calls = createAllowance(settings.rpm, systemClock)
  const tokens = createAllowance(settings.tpm, systemClock)
  await using heart = openHeart(config, { protocol, onCall: () => calls.spend(1) })
  await using stored = await openSink(config)
  heart.warm(bundle)
  const { family, license, trainingRights } = config.upstream
  const ports = {
    ...stored,
    deliberate: heart.deliberate,
    upstream: { provider: heart.provider, family, license, trainingRights },
    deadlineMs: config.deadlineMs,
    clock: systemClock,
  }
  // What is under way when the work is stopped was paid for: it is finished, and bounded by its own deadline.
  const { signal } = new AbortController()
  const progress = startProgress({
    stderr: io.stderr,
    columns: io.terminal?.stderr ? io.terminal.columns : null,
    total: filled,
    before: tally.read().done,
    note: () => describeFigures(file),
  })
  try {
    return await runBatch(
      {
        async run({ line, text }) {
          const work = { plan, bundle, line, text, signal }
          const result = await runBatchItem(ports, work).catch(unstored)
          if (result.kind === 'unfinished' || !result.found) tokens.spend(result.tokens)
          return result
        },
        keep({ line }, done) {
          file.finish(line, done)
          progress.step()
        },
        lost: (amount) => file.lose(amount),
        pause: (ms, over) => sleep(ms, undefined, { signal: over }).catch(() => {}),
        random: createPooledRandom(),
      },
      {
        items: openLines(settings.input, file),
        concurrency: settings.concurrency,
        allowances: [calls, tokens],
        budgetTokens: settings.budgetTokens,
        spentTokens: tally.read().tokens,
        stop,
      },
    )
  } finally {
    progress.end()
  }
}

/** A database that is gone ends the batch in order; nothing was paid yet. @throws whatever else it was. */
function unstored(error: unknown): Unfinished {
  if (!(error instanceof DatabaseError) || error.failure !== 'unavailable') throw error
  const reason = 'storage_unavailable'
  return { kind: 'unfinished', cause: 'storage', reason, tokens: 0, pauseMs: null }
}

/** The lines that hold a prompt and are not done with. */
export async function* openLines(
  input: string,
  { tally }: Pick<BatchFile, 'tally'>,
): AsyncGenerator<BatchLine> {
  for await (const { line, text } of readInput(input)) {
    if (!isEmpty(text) && !tally.has(line)) yield { line, text }
  }
}

function describeFigures({ tally }: BatchFile): string {
  const { outcomes, tokens } = tally.read()
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  return [...counts, `${tokens} tokens`].join(', ')
}
