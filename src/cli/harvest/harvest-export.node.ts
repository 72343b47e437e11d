/**
 * `chambers harvest export`: judged transcripts as files that trainers load, with a manifest and a dataset card. Takes them out of
 * the database or through a gateway, and writes the same files either way. Nothing of a transcript is printed.
 */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { writeCard } from '../../harvest/export/files/card.ts'
import { type Manifest, writeManifest } from '../../harvest/export/files/manifest.ts'
import { openExportFiles } from '../../harvest/export/files/write-files.node.ts'
import type { IncrementFigures } from '../../harvest/export/increment/increment.ts'
import type { ExportFigures } from '../../harvest/export/tally.ts'
import { createFormat } from '../../harvest/formats/create-format.ts'
import { sayRange } from '../../lib/moments.ts'
import { readVariables } from '../../start/variables.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { openDesk, readConfigOf } from '../desk/open-desk.node.ts'
import { sayUnknown } from '../desk/say-unknown.ts'
import { redactedFiles } from '../redactor/redacted-files.node.ts'
import { openRedactor } from '../redactor/redactor-command.node.ts'
import { adminToken, gatewayUrl } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { checkApart } from '../shell/place.node.ts'
import { tableOf } from '../shell/table.ts'
import { readTranscriptKeys } from '../shell/transcript-key-file.node.ts'
import { openExportHere } from './export-here.node.ts'
import { EXPORT_OPTIONS } from './export-options.node.ts'
import { exportOverHttp } from './export-over-http.node.ts'
import type { OpenedExport, RunExport } from './export-run.node.ts'
import { fileEncoder } from './file-encoder.node.ts'
import { type ExportSettings, readExportSettings } from './harvest-export-settings.node.ts'
import { readSince } from './read-since.node.ts'

export const harvestExport = declareCommand({
  options: EXPORT_OPTIONS,
  async run({ values }, io) {
    const since = values.since === undefined ? null : await readSince(values.since)
    const settings = readExportSettings(values, since)
    const variables = readVariables(io.environment)
    if (variables.ok) checkApart(settings.out, '--out', variables.value.DATA_DIR)
    const open = await readTranscriptKeys(settings.key)
    await using opened = await openExport(settings, open, io)
    const exported = await exportInto(settings, opened.run, io)
    const code = printExported(io, settings, exported)
    if (exported.figures.transcripts === 0) await printUnknown(io, settings)
    return code
  },
})

/** Who finds nothing may have asked for what is nowhere. */
async function printUnknown(io: Io, { filter, url, token }: ExportSettings): Promise<void> {
  const { policy, section, app, model, family = null, tenants } = filter
  await using desk = await openDesk({ url, token, environment: io.environment })
  const [tenant = null] = tenants ?? []
  io.stderr(await sayUnknown(desk.client, { policy, section, app, model, family, tenant }))
}

async function openExport(
  settings: ExportSettings,
  open: Open | null,
  { environment }: Io,
): Promise<OpenedExport> {
  const connection = { ...settings, environment }
  const url = gatewayUrl(connection)
  if (url === null) return openExportHere(await readConfigOf(connection), settings, open)
  const token = await adminToken(url, connection)
  const run = exportOverHttp({ url, token, settings, open })
  return { run, [Symbol.asyncDispose]: () => Promise.resolve() }
}

type Exported = {
  readonly figures: ExportFigures
  readonly increment: IncrementFigures
  readonly manifest: Manifest
  readonly id: string
}

async function exportInto(settings: ExportSettings, run: RunExport, io: Io): Promise<Exported> {
  const { out, single, force, options } = settings
  const format = createFormat(options.format)
  await using redactor = await openRedactor(settings.redactor)
  const plain = openExportFiles({
    out,
    single,
    ending: options.encoding,
    force,
    createEncoder: () => fileEncoder(options, format),
  })
  const files = settings.redactor === undefined ? plain : redactedFiles(plain, redactor)
  try {
    const scratch = single ? dirname(out) : out
    const { note, ...ran } = await run({ format, files, scratch, io })
    const written = await files.finish()
    const told = await redactor.finish()
    const manifest = writeManifest({ ...ran, format, files: written, redactor: told })
    // Noted before it is there: whoever deletes a person must find every file that can hold them.
    const id = await note(createHash('sha256').update(manifest.text).digest('hex'))
    const { figures } = ran
    const beside = { figures, files: written, arguments: ran.arguments, redactor: told }
    const card = writeCard({ format, ...beside })
    files.publish({ card, manifest: manifest.text })
    return { figures, increment: ran.increment, manifest, id }
  } catch (error) {
    files.abandon()
    throw error
  }
}

/** Gives the exit code: an export without rows is none, unless it takes some back. */
function printExported(
  io: Io,
  { out, options, filter }: ExportSettings,
  exported: Exported,
): number {
  const { figures, increment, manifest, id } = exported
  const { transcripts, kept, rows, dropped } = figures
  const takenOut = Object.values(increment.tombstones).reduce((sum, count) => sum + count, 0)
  const code = rows > 0 || takenOut > 0 ? 0 : 1
  if (io.json) {
    io.stdout(`${JSON.stringify({ export: { out, id, ...manifest.value } })}\n`)
    return code
  }
  const reasons = Object.entries(dropped).toSorted(([, one], [, other]) => other - one)
  const left = reasons.map(([reason, count]) => [reason, String(count)])
  const why = left.length > 0 ? tableOf(['left out', 'count'], left) : ''
  const gone =
    takenOut > 0 ? `${takenOut} rows of earlier exports to be taken out: tombstones.jsonl\n` : ''
  if (rows > 0) {
    const { name } = options.format
    io.stdout(
      `${rows} rows of ${name} from ${kept} of ${transcripts} in ${out} (${id})\n${gone}${why}`,
    )
    return code
  }
  const range = sayRange(filter.from, filter.to)
  const because =
    transcripts === 0 ? 'No transcript is as the filters ask' : 'Every transcript was left out'
  io.stdout(`No rows. ${because}${range === null ? '' : `, ${range}`}\n${gone}${why}`)
  return code
}
