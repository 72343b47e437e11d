/**
 * `chambers harvest scrub`: takes people who were deleted since out of the files of an export. Asks the gateway or the database which
 * rows those are, by ids alone; reads and writes the disk. It prints counts, and never whose the rows were.
 */
import { resolve } from 'node:path'
import type * as z from 'zod'
import { deletedRowsSchema } from '../../admin/transcripts/deleted-rows.ts'
import {
  encodingOf,
  formatOf,
  type ReadManifest,
} from '../../harvest/export/scrub/read-manifest.ts'
import {
  anyTranscript,
  openScrubbing,
  type Scrubbed,
  scrubExport,
} from '../../harvest/export/scrub/scrub-export.node.ts'
import { transcriptOfRow } from '../../harvest/formats/row-id.ts'
import { systemClock } from '../../lib/clock.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import type { AdminClient, Success } from '../shell/admin-client.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { startProgress } from '../shell/progress.node.ts'
import { readAnswer } from '../shell/read-answer.ts'
import { fileEncoder } from './file-encoder.node.ts'

export const harvestScrub = declareCommand({
  options: CONNECTION,
  positionals: { export: { takes: 'EXPORT', says: 'The folder of an export, or its one file' } },
  wanted: 'Name the folder of an export, or its one file: chambers harvest scrub EXPORT',
  async run({ values, positionals }, io) {
    const out = resolve(positionals.export)
    const opened = openScrubbing(out)
    await using desk = await openDesk({ ...values, environment: io.environment })
    const known = await anyTranscript(opened)
    const transcripts = known === null ? new Set<string>() : await readDeleted(desk.client, known)
    const progress = startProgress({
      stderr: io.stderr,
      columns: io.terminal?.stderr ? io.terminal.columns : null,
      total: opened.manifest.rows,
      before: 0,
      note: () => '',
    })
    try {
      const ended = await scrubExport(opened, {
        transcripts,
        createEncoder,
        now: () => systemClock.now(),
        onStep: () => progress.step(),
        ...(io.signal && { stop: io.signal }),
      })
      progress.end()
      printScrubbed(ended, out, io)
      return 0
    } finally {
      progress.end()
    }
  },
})

type DeletedRows = z.output<typeof deletedRowsSchema>

/** The transcripts that exports which gave this one, too, are made of, and that are gone with their people. */
async function readDeleted(client: AdminClient, known: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const query = new URLSearchParams({ transcript: known, ...(cursor !== '' && { cursor }) })
    const { value }: Success = await client.ask({
      path: `/exports/deleted-rows?${query.toString()}`,
    })
    const page: DeletedRows = readAnswer(deletedRowsSchema, value)
    for (const row of page.rows) found.add(transcriptOfRow(row))
    cursor = page.next
  }
  return found
}

function createEncoder(manifest: ReadManifest) {
  const { encoding: asked } = manifest.arguments
  const codec = asked.split(' ')[1] ?? 'snappy'
  return fileEncoder({ encoding: encodingOf(manifest), codec }, formatOf(manifest))
}

function printScrubbed({ rows, examples, left }: Scrubbed, out: string, io: Io): void {
  if (io.json) io.stdout(`${JSON.stringify({ scrubbed: { out, rows, examples, left } })}\n`)
  else if (rows === 0) io.stdout(`Nothing to take out of ${out}: nobody in it was deleted since\n`)
  else io.stdout(`Took ${rows} rows of ${examples} examples out of ${out}; ${left} are left\n`)
}
