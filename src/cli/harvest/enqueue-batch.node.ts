/**
 * Hands the prompts of a batch to a gateway's queue, a chunk at a time, through its admin surface. I/O over HTTP, and the state.
 * A chunk that was sent twice does no harm: what is in the queue twice is run once.
 */

import type { BatchLine } from '../../jobs/batch/run.ts'
import { type AdminClient, createAdminClient } from '../shell/admin-client.ts'
import { adminToken, gatewayUrl } from '../shell/admin-token.node.ts'
import { startProgress } from '../shell/progress.node.ts'
import type { BatchFile } from './batch-file.node.ts'
import { openLines } from './batch-here.node.ts'
import type { BatchClose, BatchJob } from './batch-job.node.ts'

const MAX_LINES = 100
const MAX_CHARACTERS = 1_000_000

export async function enqueueBatch(job: BatchJob, file: BatchFile): Promise<BatchClose> {
  const { plan, filled, settings, io, stop } = job
  const connection = { ...settings, environment: io.environment }
  const url = gatewayUrl(connection) ?? ''
  const client = createAdminClient(url, adminToken(url, connection))
  const progress = startProgress({
    stderr: io.stderr,
    columns: io.terminal?.stderr ? io.terminal.columns : null,
    total: filled,
    before: file.tally.read().done,
    note: () => 'handed over',
  })
  try {
    for await (const lines of chunks(openLines(settings.input, file))) {
      if (stop.aborted) return { end: 'stopped', reason: null, open: 0 }
      await send(client, { ...plan, lines })
      for (const { line } of lines) {
        const nothing = { transcript: null, reason: null, tokens: 0 }
        file.finish(line, { ...nothing, outcome: 'queued' })
        progress.step()
      }
    }
    return { end: 'done', reason: null, open: 0 }
  } finally {
    progress.end()
  }
}

async function send(client: AdminClient, body: object): Promise<void> {
  await client.ask({ method: 'POST', path: '/batches', body })
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
