/**
 * Hands the prompts of a batch to a gateway's queue, a chunk at a time, through its admin surface. I/O over HTTP, and the state.
 * A chunk that was sent twice does no harm: what is in the queue twice is run once.
 */

import type { BatchLine } from '../../jobs/batch/run-item.ts'
import { type FinishedUnit, runJob } from '../../jobs/runner/run-job.ts'
import { createWaiting } from '../../jobs/runner/waiting.node.ts'
import { createAdminClient } from '../shell/admin-client.ts'
import { adminToken, gatewayUrl } from '../shell/admin-token.node.ts'
import { withProgress } from '../shell/with-progress.node.ts'
import type { BatchFile } from './batch-file.node.ts'
import { openLines } from './batch-here.node.ts'
import type { BatchClose, BatchJob } from './batch-job.node.ts'

const MAX_LINES = 100
const MAX_CHARACTERS = 1_000_000

const TAKEN: FinishedUnit = { kind: 'done', tokens: 0, asked: true }

export async function enqueueBatch(job: BatchJob, file: BatchFile): Promise<BatchClose> {
  const { plan, filled, settings, io, stop } = job
  const connection = { ...settings, environment: io.environment }
  const url = gatewayUrl(connection) ?? ''
  const client = createAdminClient(url, await adminToken(url, connection))
  const { done } = file.tally.read()
  const note = () => 'handed over'
  return withProgress({ io, total: filled, before: done, note }, (step) =>
    runJob<readonly BatchLine[], FinishedUnit>(
      {
        ...createWaiting(),
        async run(lines) {
          await client.ask({ method: 'POST', path: '/batches', body: { ...plan, lines } })
          return TAKEN
        },
        keep(lines) {
          for (const { line } of lines) {
            file.add({ line, transcript: null, outcome: 'queued', reason: null, tokens: 0 })
            step()
          }
        },
        lost() {},
      },
      {
        units: chunks(openLines(settings.input, file)),
        concurrency: 1,
        budgetTokens: null,
        spentTokens: 0,
        stop,
      },
    ),
  )
}

async function* chunks(lines: AsyncIterable<BatchLine>): AsyncGenerator<readonly BatchLine[]> {
  let chunk: BatchLine[] = []
  let characters = 0
  for await (const line of lines) {
    const isFull = chunk.length >= MAX_LINES || characters + line.text.length > MAX_CHARACTERS
    if (chunk.length > 0 && isFull) {
      yield chunk
      chunk = []
      characters = 0
    }
    chunk.push(line)
    characters += line.text.length
  }
  if (chunk.length > 0) yield chunk
}
