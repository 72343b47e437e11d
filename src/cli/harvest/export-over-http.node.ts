/**
 * An export through a gateway. Where its transcripts are in the clear, the rows are made there, and come in parts of which files
 * are made here; where they are sealed, the records come as they are, and go through the very same cascade here, with the private
 * key that never leaves. I/O over HTTP and on disk. An admin's token is sent to the named URL alone.
 */
import * as z from 'zod'
import type { DatasetSplit } from '../../harvest/example.ts'
import { SPLITS } from '../../harvest/export/examples/split.ts'
import type { ExportEnd } from '../../harvest/export/serving/stream-writers.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { UsageError } from '../shell/io.ts'
import { startProgress } from '../shell/progress.node.ts'
import { KEY_WANTED } from '../shell/transcript-key-file.node.ts'
import { createExportClient, type ExportAnswer } from './export-client.node.ts'
import { objectOf, tombstoneOf } from './export-lines.node.ts'
import type { ExportRunOptions, Ran, RunExport } from './export-run.node.ts'
import { EVALUATIONS_STAY, exportSealed } from './export-sealed.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'

export type OverHttp = {
  readonly url: string
  readonly token: string
  readonly settings: ExportSettings
  readonly open: Open | null
}

export function exportOverHttp({ url, token, settings, open }: OverHttp): RunExport {
  const client = createExportClient(url, token)
  const { query, evaluations } = settings
  return async function run(options) {
    if (evaluations.length > 0) {
      if (!open) throw new UsageError(EVALUATIONS_STAY)
      return exportSealed(client, settings, { ...options, open })
    }
    // What was made of sealed records has no name at the gateway.
    const expected = ['sealed', ...(open && settings.since?.manifest ? ['since_unknown'] : [])]
    const answered = await client.get('export', { ...query, encoding: 'parts' }, expected)
    if (answered.lines) return readParts(answered, settings, options)
    if (!open) throw new Error(KEY_WANTED)
    return exportSealed(client, settings, { ...options, open })
  }
}

const endSchema = z.looseObject({
  arguments: z.looseObject({}),
  stages: z.array(z.object({ name: z.string(), version: z.number() })),
  scanned: z.object({ policies: z.array(z.string()), protocols: z.array(z.string()) }),
  increment: z.looseObject({ after: z.number(), through: z.number() }),
  figures: z.looseObject({ rows: z.number(), transcripts: z.number(), dropped: z.looseObject({}) }),
})

async function readParts(
  { lines, id }: ExportAnswer,
  settings: ExportSettings,
  { files, io }: ExportRunOptions,
): Promise<Ran> {
  let kept = 0
  const progress = startProgress({
    stderr: io.stderr,
    columns: io.terminal?.stderr ? io.terminal.columns : null,
    total: null,
    before: 0,
    note: () => `${kept} rows`,
  })
  let end: JsonValue = null
  try {
    for await (const line of lines ?? []) {
      io.signal?.throwIfAborted()
      const part = objectOf(line)
      if (isJsonObject(part.row ?? null)) {
        await files.write(part.row as JsonObject, splitOf(part.split))
        kept++
        progress.step()
      } else if (typeof part.apart === 'string') files.setApart(part.apart)
      else if (isJsonObject(part.gone ?? null)) files.takeOut(tombstoneOf(part.gone))
      else end = part.end ?? null
    }
  } finally {
    progress.end()
  }
  const read = endSchema.safeParse(end)
  if (!read.success) throw new Error(`Export again: ${settings.url ?? 'the gateway'} broke off`)
  const ended = end as unknown as ExportEnd
  const { encoding } = settings.arguments
  const told = { ...ended.arguments, ...(encoding !== undefined && { encoding }) }
  return { ...ended, arguments: told, note: () => Promise.resolve(id) }
}

/** It becomes the name of a file. */
function splitOf(name: JsonValue | undefined): DatasetSplit {
  const split = SPLITS.find((one) => one === name)
  if (split) return split
  throw new Error('Name a gateway with --url: it answered rows of no split')
}
