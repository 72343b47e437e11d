/**
 * An export through a gateway. Where its transcripts are in the clear, the rows are made there, and come in parts of which files
 * are made here; where they are sealed, the records come as they are, and go through the very same cascade here, with the private
 * key that never leaves. I/O over HTTP and on disk. An admin's token is sent to the named URL alone.
 */
import * as z from 'zod'
import type { DatasetSplit } from '../../harvest/example.ts'
import type { KnownTexts } from '../../harvest/export/examples/contamination.ts'
import { SPLITS } from '../../harvest/export/examples/split.ts'
import { NOTHING_TOUCHED, type Tombstone } from '../../harvest/export/increment/touched.ts'
import type { ExportEnd } from '../../harvest/export/serving/stream-writers.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { readBundle } from '../../policy/bundle.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { UsageError } from '../shell/io.ts'
import { startProgress } from '../shell/progress.node.ts'
import { parseAnswer } from '../shell/read-answer.ts'
import { KEY_WANTED } from '../shell/transcript-key-file.node.ts'
import { createExportClient, type ExportAnswer, type ExportClient } from './export-client.node.ts'
import type { ExportRunOptions, Ran, RunExport } from './export-run.node.ts'
import type { ExportQuery, ExportSettings } from './harvest-export-settings.node.ts'
import { runCascade } from './run-cascade.node.ts'
import { openSealedSource } from './sealed-source.node.ts'

export type OverHttp = {
  readonly url: string
  readonly token: string
  readonly settings: ExportSettings
  readonly open: Open | null
}

const EVALUATIONS_STAY =
  'Leave --decontaminate out with --url: evaluation files are read where rows are made. Export where the database is, or with --key where transcripts are sealed'

const INCREMENTS_STAY =
  'Leave --url out with --after or --since: increments of sealed transcripts are made where the database is, with --key'

export function exportOverHttp({ url, token, settings, open }: OverHttp): RunExport {
  const client = createExportClient(url, token)
  const { query, evaluations } = settings
  return async function run(options) {
    if (evaluations.length > 0) {
      if (!open) throw new UsageError(EVALUATIONS_STAY)
      return runSealed(client, settings, { ...options, open })
    }
    const answered = await client.get('export', { ...query, encoding: 'parts' }, ['sealed'])
    if (answered.lines) return readParts(answered, settings, options)
    if (!open) throw new Error(KEY_WANTED)
    return runSealed(client, settings, { ...options, open })
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

const tombstoneSchema = z.object({ id: z.string(), transcript: z.string(), reason: z.string() })

function tombstoneOf(gone: JsonValue | undefined): Tombstone {
  const read = tombstoneSchema.safeParse(gone)
  if (read.success) return read.data as Tombstone
  throw new Error('Name a gateway with --url: it answered what no gateway does')
}

/** It becomes the name of a file. */
function splitOf(name: JsonValue | undefined): DatasetSplit {
  const split = SPLITS.find((one) => one === name)
  if (split) return split
  throw new Error('Name a gateway with --url: it answered rows of no split')
}

type Sealed = ExportRunOptions & { readonly open: Open }

async function runSealed(
  client: ExportClient,
  settings: ExportSettings,
  { open, ...options }: Sealed,
): Promise<Ran> {
  const { after, since } = settings.increment
  if (after !== null || since !== null) throw new UsageError(INCREMENTS_STAY)
  const known = await readTexts(client)
  const answered = await client.get('export', {
    ...filtersOf(settings.query),
    format: 'transcript',
  })
  const source = openSealedSource({
    lines: checked(answered),
    open,
    scratch: options.scratch,
  })
  try {
    const count = () => Promise.resolve(null)
    const told = { after: 0, through: answered.through, since: null }
    const ran = await runCascade(settings, options, {
      source,
      known,
      count,
      increment: { told, chain: [], touched: NOTHING_TOUCHED },
      given: async function* () {},
    })
    return { ...ran, note: () => Promise.resolve(answered.id) }
  } finally {
    source.close()
  }
}

/** Rows of a gateway whose transcripts are in the clear have been through its own cascade. */
async function* checked({ lines }: ExportAnswer): AsyncGenerator<JsonObject> {
  for await (const line of lines ?? []) {
    const record = objectOf(line)
    if (record.consent === undefined) throw new UsageError(EVALUATIONS_STAY)
    yield record
  }
}

async function readTexts(client: ExportClient): Promise<KnownTexts> {
  const { lines } = await client.get('export/policies', {})
  const bundles: Bundle[] = []
  const protocols: Protocol[] = []
  for await (const line of lines ?? []) {
    const { digest, bundle = null, protocol = null } = objectOf(line)
    if (protocol !== null) protocols.push(protocol as unknown as Protocol)
    const read = await readBundle(bundle, {
      digest: typeof digest === 'string' ? digest : '',
      revision: 0,
    })
    if (read.ok) bundles.push(read.value)
  }
  return { bundles, protocols }
}

const FILTERS: readonly string[] =
  'policy digest outcome decision section app session tenant mode model family label from to'.split(
    ' ',
  )

/** What only contents could tell is asked of them here. */
function filtersOf(query: ExportQuery): ExportQuery {
  return Object.fromEntries(Object.entries(query).filter(([name]) => FILTERS.includes(name)))
}

function objectOf(line: string): JsonObject {
  const parsed = parseAnswer(line)
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value
  throw new Error('Name a gateway with --url: it answered no lines of JSON')
}
