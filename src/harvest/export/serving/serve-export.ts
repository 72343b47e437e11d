/**
 * Serves exports from a gateway, one at a time: rows, or records as they lie where they are sealed, or what stands beside rows.
 * I/O through the ports. Nothing is served before it is noted who is in it.
 */

import type { Bytes } from '../../../lib/compression.ts'
import { sha256Hex } from '../../../lib/digest.ts'
import { canonicalJson, type JsonObject } from '../../../lib/json.ts'
import { fail, succeed } from '../../../lib/result.ts'
import { decodeTranscript } from '../../../transcript/record/encode.ts'
import type { StoredRow } from '../../../transcript/record/row.ts'
import { isSealedKey } from '../../../transcript/store/entry.ts'
import type { ExportedRow } from '../../../transcript/store/exports.ts'
import type { FormatName } from '../../formats/format.ts'
import { packPrint } from '../../stages/print.ts'
import { writeCard } from '../files/card.ts'
import { createJsonlEncoder } from '../files/encode-rows.ts'
import { type ExportFile, writeManifest } from '../files/manifest.ts'
import { nameOfExport } from '../increment/export-name.ts'
import { notedArguments, type ToldIncrement } from '../increment/increment.ts'
import { Tombstones } from '../increment/touched.ts'
import { type IndexEntry, IndexFullError } from '../passes/export-index.ts'
import { createStoreSource } from '../store-source.ts'
import type { ExportFigures } from '../tally.ts'
import { createExportPlace, watched } from './export-place.ts'
import type { ExportPorts, ExportReply, ExportRequest, ServeExport } from './export-request.ts'
import {
  encoderOf,
  openIndexOf,
  openServed,
  prepareExport,
  RefusedError,
  readExportTexts,
  type ServeExportOptions,
  streamRows,
} from './prepare-export.ts'
import type { StreamWriter } from './stream-export.ts'
import { isGiven, type RecordContent, streamRecords } from './stream-records.ts'
import { createFileWriter, createPartsWriter, type ExportMaking } from './stream-writers.ts'

export function createExporting(
  options: ServeExportOptions,
): ExportPorts & { readonly newExportId: () => string } {
  return {
    serveExport: createServeExport(options),
    exportTexts: () => readExportTexts(options),
    newExportId: () => newExportId(options),
  }
}

function newExportId({ random }: Pick<ServeExportOptions, 'random'>): string {
  return `ex_${random.hex(16)}`
}

function createServeExport(options: ServeExportOptions): ServeExport {
  const take = createExportPlace(options.clock)
  return async function serveExport(request) {
    const place = take()
    if (!place) return fail({ reason: 'busy' })
    try {
      const held = { ...options, ...watched(options, place.seen) }
      return succeed(await begin(held, request, place.free))
    } catch (error) {
      place.free()
      if (error instanceof RefusedError) {
        const { reason, message } = error
        return fail({ reason, message })
      }
      if (error instanceof IndexFullError) return fail({ reason: 'too_many' })
      if (request.signal.aborted) return fail({ reason: 'left' })
      throw error
    }
  }
}

async function begin(
  options: ServeExportOptions,
  request: ExportRequest,
  free: () => void,
): Promise<ExportReply> {
  if (request.as !== 'rows' && request.as !== 'parts') {
    const reply = await serveBeside(options, request).catch((error: unknown) => {
      if (request.as !== 'tombstones' || !mayGiveRecords(error, request)) throw error
      return serveTakenBack(options, request)
    })
    free()
    return reply
  }
  const rows = createEnding(free)
  try {
    return rows.serve(await beginRows(options, request, () => rows.end()))
  } catch (error) {
    if (!mayGiveRecords(error, request)) throw error
    const records = createEnding(free)
    return records.serve(await beginRecords(options, request, () => records.end()))
  }
}

/** Where they are sealed, records go out as they are to whoever takes them so. */
function mayGiveRecords(error: unknown, { takesSealed }: ExportRequest): boolean {
  return takesSealed && error instanceof RefusedError && error.reason === 'sealed'
}

/** Frees the place when what is served ends: rows that were refused may be followed by records, in the same place. */
function createEnding(free: () => void) {
  let [hasEnded, isServed] = [false, false]
  return {
    end() {
      hasEnded = true
      if (isServed) free()
    },
    serve(one: ExportReply): ExportReply {
      isServed = true
      if (hasEnded) free()
      return one
    },
  }
}

async function beginRows(
  options: ServeExportOptions,
  request: ExportRequest,
  onEnd: () => void,
): Promise<ExportReply> {
  const { encoding, split } = request.options
  const prepared = await prepareExport(options, request)
  const { format, making, makingOf, increment, tombstones } = prepared
  const note = noteOf(options, request, { ...making, told: increment.told })
  const writer =
    request.as === 'parts'
      ? createPartsWriter(createJsonlEncoder(), makingOf, tombstones)
      : createFileWriter(encoderOf(options, request, format), split)
  const rows = {
    prepared,
    writer,
    note: (entries: Iterable<IndexEntry>) => note.write(entries),
    onEnd,
  }
  const body = await streamRows(options, request, rows)
  const isPacked = request.as === 'rows' && encoding === 'jsonl.gz'
  const { through } = increment.told
  return {
    id: note.id,
    through,
    body: isPacked ? body.pipeThrough(new CompressionStream('gzip')) : body,
  }
}

/** A manifest, a card or tombstones: content of nobody leaves with them, so that no export is noted. */
async function serveBeside(
  options: ServeExportOptions,
  request: ExportRequest,
): Promise<ExportReply> {
  const { encoding, split } = request.options
  const prepared = await prepareExport(options, request)
  const { format, making, makingOf } = prepared
  const writer = createFileWriter(encoderOf(options, request, format), split)
  const counted = { rows: 0, bytes: 0 }
  let figures: ExportFigures | null = null
  const watching: StreamWriter = {
    row(row, rowSplit) {
      if (split === null || rowSplit === split) counted.rows++
      return writer.row(row, rowSplit)
    },
    end(all) {
      figures = all
      return writer.end(all)
    },
  }
  const note = () => Promise.resolve()
  const rows = { prepared, writer: watching, note, onEnd: () => {} }
  const plain = await streamRows(options, request, rows)
  const packed = encoding === 'jsonl.gz' ? plain.pipeThrough(new CompressionStream('gzip')) : plain
  const count = new TransformStream<Bytes, Bytes>({
    transform(piece, controller) {
      counted.bytes += piece.length
      controller.enqueue(piece)
    },
  })
  const sha256 = await options.digestStream(packed.pipeThrough(count))
  if (!figures) throw new Error('An export ended without its figures')
  const { through } = prepared.increment.told
  if (request.as === 'tombstones') {
    return { id: null, through, body: linesOf(prepared.tombstones) }
  }
  const file: ExportFile = { path: `${split ?? 'rows'}.${encoding}`, split, ...counted, sha256 }
  const beside = { format, figures, files: [file], arguments: making.arguments }
  const body =
    request.as === 'card'
      ? writeCard(beside)
      : writeManifest({ ...makingOf(figures), ...beside }).text
  return { id: null, through, body }
}

/** Of records, each that was labelled comes again, whatever it says. */
async function serveTakenBack(
  options: ServeExportOptions,
  request: ExportRequest,
): Promise<ExportReply> {
  const { told, touched } = await openServed(options, request, recordArguments(request))
  const tombstones = new Tombstones(touched)
  for (const transcript of touched.labelled.keys()) tombstones.kept(transcript)
  return { id: null, through: told.through, body: linesOf(tombstones) }
}

function linesOf(tombstones: Tombstones): string {
  return [...tombstones.all()].map((one) => `${JSON.stringify(one)}\n`).join('')
}

function recordArguments({ filter }: ExportRequest): JsonObject {
  return { filter: { ...filter } as JsonObject, sealed: true }
}

async function beginRecords(
  options: ServeExportOptions,
  request: ExportRequest,
  onEnd: () => void,
): Promise<ExportReply> {
  const { database, labels, clock, report } = options
  const { filter, signal } = request
  const asked = recordArguments(request)
  const { told } = await openServed(options, request, asked)
  const note = noteOf(options, request, { arguments: asked, stages: [], told })
  const body = await streamRecords({
    source: createStoreSource(
      {
        database,
        content: (row) => readRecord(options, row),
        labels: (ids) => labels.of(ids, told.through),
      },
      filter,
      told,
    ),
    openIndex: openIndexOf(options),
    note: (entries: Iterable<IndexEntry>) => note.write(entries),
    onEnd,
    report,
    signal,
    clock,
  })
  return { id: note.id, through: told.through, body }
}

type Noted = Pick<ExportMaking, 'arguments' | 'stages'> & { readonly told: ToldIncrement }

/** `write` is waited for before anything is given. */
function noteOf(
  { exports, clock, random }: ServeExportOptions,
  { actor, options }: ExportRequest,
  { arguments: asked, stages, told }: Noted,
) {
  const id = newExportId({ random })
  const time = clock.now()
  const format = options.format.name
  const filters = notedArguments(asked, told)
  return {
    id,
    async write(entries: Iterable<IndexEntry>) {
      const made = stages.map(({ name, version }) => ({ name, version }))
      const noted = await exports.record(
        {
          id,
          time,
          actor,
          format,
          filters,
          // A stream has no manifest beside it yet: this names what makes it.
          manifestDigest: await sha256Hex(canonicalJson({ filters, stages: made })),
          name: await nameOfExport({ format, arguments: asked, increment: told }),
        },
        exportedRows(entries, format),
      )
      if (!noted.ok) throw new RefusedError(noted.failure.reason)
    },
  }
}

/** Where files are made of what is given elsewhere (records that are sealed), rows are known by their transcripts alone. */
function* exportedRows(entries: Iterable<IndexEntry>, format: FormatName): Generator<ExportedRow> {
  for (const { transcript, subject, split, trace } of entries) {
    const { id, tenant } = trace
    const given = { transcript, tenant, subject, split }
    const fingerprint = trace.signature.length > 0 ? { fingerprint: packPrint(trace) } : {}
    yield { ...given, id: format === 'transcript' ? transcript : id, ...fingerprint }
  }
}

async function readRecord(
  { blobs, compression }: ServeExportOptions,
  row: StoredRow,
): Promise<RecordContent | null> {
  const { contentKey } = row
  if (contentKey === null || !isGiven(row)) return null
  const bytes = await blobs.get(contentKey)
  if (!bytes) return null
  if (isSealedKey(contentKey)) return { sealed: new TextDecoder().decode(bytes) }
  const decoded = await decodeTranscript(Uint8Array.from(bytes), compression)
  return decoded.ok ? { sealed: null, transcript: decoded.value as unknown as JsonObject } : null
}
