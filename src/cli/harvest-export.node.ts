/**
 * `chambers harvest export`: judged transcripts as files that trainers load, with a manifest and a dataset card. Reads the
 * database, writes files, notes the export in the database. Nothing of a transcript is printed.
 */
import { createHash, hash } from 'node:crypto'
import { dirname } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readConfig } from '../config.ts'
import { writeCard } from '../harvest/card.ts'
import { createCascade } from '../harvest/cascade.ts'
import { createParquetEncoder, type ParquetCodec, SNAPPY } from '../harvest/encode-parquet.ts'
import { createJsonlEncoder, type RowEncoder } from '../harvest/encode-rows.ts'
import { openExportIndex } from '../harvest/export-index.node.ts'
import { type ExportSubjects, openExportSubjects } from '../harvest/export-subjects.node.ts'
import { createFormat } from '../harvest/formats/create-format.ts'
import type { Format } from '../harvest/formats/format.ts'
import { type Manifest, writeManifest } from '../harvest/manifest.ts'
import { runExport } from '../harvest/run-export.ts'
import type { StageName } from '../harvest/stage.ts'
import { QUARANTINE_REASONS } from '../harvest/stages/drop-reasons.ts'
import type { ExportFigures } from '../harvest/tally.ts'
import { type ExportFiles, openExportFiles } from '../harvest/write-files.node.ts'
import { systemRandom } from '../lib/clock.ts'
import { gatewayUrl } from './admin-token.node.ts'
import { cliActor } from './cli-actor.node.ts'
import { fetchExport } from './fetch-export.node.ts'
import {
  type Codec,
  type ExportSettings,
  readExportSettings,
} from './harvest-export-settings.node.ts'
import { type Command, type Io, UsageError } from './io.ts'
import { type OpenExport, openExportInDatabase } from './open-export.node.ts'
import { startProgress } from './progress.node.ts'
import { readEvaluations } from './read-evaluations.node.ts'
import { tableOf } from './table.ts'
import { readTranscriptKeys } from './transcript-key-file.node.ts'

export const harvestExport: Command = async (args, io) => {
  const settings = readExportSettings(args)
  const url = gatewayUrl({ ...settings, environment: io.environment })
  if (url !== null) {
    const { environment } = io
    const { manifest, bytes } = await fetchExport(url, settings, { ...settings, environment })
    const told = { out: settings.out, ...manifest }
    if (io.json) io.stdout(`${JSON.stringify({ export: told })}\n`)
    else if (bytes > 0) io.stdout(`${bytes} bytes of ${settings.format.name} in ${settings.out}\n`)
    else io.stdout('No rows. Export where the database is to be told why\n')
    return bytes > 0 ? 0 : 1
  }
  const read = readConfig(io.environment, 'node')
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  const open = await readTranscriptKeys(settings.key)
  await using opened = await openExportInDatabase(read.value.config, settings.filter, open)
  const { figures, manifest } = await exportInto(settings, opened, io)
  tell(io, settings, { figures, manifest })
  return figures.rows > 0 ? 0 : 1
}

type Exported = { readonly figures: ExportFigures; readonly manifest: Manifest }

async function exportInto(settings: ExportSettings, opened: OpenExport, io: Io): Promise<Exported> {
  const { out, single, ending } = settings
  const time = Date.now()
  const format = createFormat(settings.format)
  const files = openExportFiles({
    out,
    single,
    ending,
    force: settings.force,
    createEncoder: () => encoderOf(settings, format),
  })
  // Beside the data: there is room, and it is as well guarded.
  const scratch = single ? dirname(out) : out
  const subjects = openExportSubjects(scratch)
  try {
    const { figures, stages } = await run(settings, {
      opened,
      io,
      format,
      files,
      subjects,
      scratch,
    })
    const written = await files.finish()
    const manifest = writeManifest({
      format,
      arguments: settings.arguments,
      stages,
      figures,
      files: written,
      scanned: {
        policies: opened.known.bundles.map(({ digest }) => digest),
        protocols: opened.known.protocols.map(({ digest }) => digest),
      },
    })
    // Noted before it is there: whoever deletes a person must find every file that can hold them.
    const noted = await opened.exports.record(
      {
        id: `ex_${systemRandom.hex(16)}`,
        time,
        actor: cliActor(),
        format: format.name,
        filters: settings.arguments,
        manifestDigest: createHash('sha256').update(manifest.text).digest('hex'),
      },
      subjects.all(),
    )
    if (!noted.ok) throw new Error('Export again: somebody in it was deleted meanwhile')
    const card = writeCard({ format, figures, files: written, arguments: settings.arguments })
    files.publish({ card, manifest: manifest.text })
    return { figures, manifest }
  } catch (error) {
    files.abandon()
    throw error
  } finally {
    subjects.close()
  }
}

type Running = {
  readonly opened: OpenExport
  readonly io: Io
  readonly format: Format
  readonly files: ExportFiles
  readonly subjects: ExportSubjects
  readonly scratch: string
}

async function run(
  { cascade, evaluations, splits }: ExportSettings,
  { opened, io, format, files, subjects, scratch }: Running,
): Promise<{ readonly figures: ExportFigures; readonly stages: readonly StageName[] }> {
  const severities = Object.fromEntries(
    opened.known.bundles.flatMap(({ sections }) =>
      sections.map(({ id, severity }) => [id, severity]),
    ),
  )
  const index = await readEvaluations(evaluations)
  const { examples, sets } = createCascade(
    { ...cascade, severities: { ...severities, ...cascade.severities } },
    index,
  )
  const transcripts = await opened.count()
  const passes = sets.length > 0 ? 2 : 1
  let kept = 0
  const progress = startProgress({
    stderr: io.stderr,
    columns: io.terminal?.stderr ? io.terminal.columns : null,
    total: transcripts === null ? null : transcripts * passes,
    before: 0,
    note: () => `${kept} kept`,
  })
  try {
    const figures = await runExport({
      source: opened.source,
      sha256: (content) => hash('sha256', content),
      isContaminated: opened.isContaminated,
      examples,
      sets,
      openIndex: () => openExportIndex(scratch),
      format,
      splits,
      write: (row, split) => files.write(row, split),
      onKept(row) {
        kept++
        subjects.add(row.id, row)
      },
      onDropped(id, reason) {
        if (QUARANTINE_REASONS.includes(reason)) files.setApart(id)
      },
      onStep: () => progress.step(),
      ...(io.signal && { stop: io.signal }),
    })
    return { figures, stages: [...examples, ...sets] }
  } finally {
    progress.end()
  }
}

function encoderOf({ ending, codec }: ExportSettings, { columns }: Format): RowEncoder {
  if (ending !== 'parquet') return createJsonlEncoder()
  return createParquetEncoder({ columns, codec: CODECS[codec] })
}

const CODECS: Readonly<Record<Codec, ParquetCodec | null>> = {
  snappy: SNAPPY,
  zstd: { name: 'ZSTD', compress: (bytes) => zstdCompressSync(bytes) },
  gzip: { name: 'GZIP', compress: (bytes) => gzipSync(bytes) },
  none: null,
}

function tell(io: Io, { out, format }: ExportSettings, { figures, manifest }: Exported): void {
  if (io.json) {
    io.stdout(`${JSON.stringify({ export: { out, ...manifest.value } })}\n`)
    return
  }
  const { transcripts, kept, rows, dropped } = figures
  const reasons = Object.entries(dropped).toSorted(([, one], [, other]) => other - one)
  const left = reasons.map(([reason, count]) => [reason, String(count)])
  const why = left.length > 0 ? tableOf(['left out', 'count'], left) : ''
  if (rows > 0) {
    io.stdout(`${rows} rows of ${format.name} from ${kept} of ${transcripts} in ${out}\n${why}`)
    return
  }
  const because =
    transcripts === 0 ? 'No transcript is as the filters ask' : 'Every transcript was left out'
  io.stdout(`No rows. ${because}\n${why}`)
}
