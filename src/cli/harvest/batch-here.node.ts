/**
 * A batch run by this process: the models of the environment, the database of this machine. I/O: model calls, transcripts, the
 * state. A prompt is in the state only once its transcript is durable.
 */
import { DatabaseError } from '../../database/database.ts'
import { type BatchLine, type Done, runBatchItem } from '../../jobs/batch/run-item.ts'
import { createRates } from '../../jobs/runner/allowance.ts'
import { runJob, type Unfinished } from '../../jobs/runner/run-job.ts'
import { createWaiting } from '../../jobs/runner/waiting.node.ts'
import { systemClock } from '../../lib/clock.ts'
import { isEmpty, readInput } from '../shell/input-lines.node.ts'
import { withProgress } from '../shell/with-progress.node.ts'
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
  const rates = createRates(settings, systemClock)
  await using heart = openHeart(config, { protocol, onCall: () => rates.calls.spend(1) })
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
  const before = tally.read().done
  const note = () => renderFigures(file)
  // Awaited, since what it works with is closed behind it.
  return await withProgress({ io, total: filled, before, note }, (step) =>
    runJob<BatchLine, Done>(
      {
        ...createWaiting(),
        run: (line) => runBatchItem(ports, { plan, bundle, ...line, signal }).catch(unstored),
        keep({ line }, { transcript, outcome, reason, tokens }) {
          file.add({ line, transcript, outcome, reason, tokens })
          step()
        },
        lost(tokens) {
          if (tokens > 0) file.add({ lost: tokens })
        },
      },
      {
        units: openLines(settings.input, file),
        concurrency: settings.concurrency,
        rates,
        budgetTokens: settings.budgetTokens,
        spentTokens: tally.read().tokens,
        stop,
      },
    ),
  )
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

function renderFigures({ tally }: BatchFile): string {
  const { outcomes, tokens } = tally.read()
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  return [...counts, `${tokens} tokens`].join(', ')
}
