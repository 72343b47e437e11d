/**
 * Exports as a gateway gives them, one at a time.
 */

import type { Bytes } from '../../lib/compression.ts'
import { sha256Hex } from '../../lib/digest.ts'
import { canonicalJson, type JsonObject } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import { decodeTranscript } from '../../transcript/record/encode.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import { isSealedKey } from '../../transcript/store/entry.ts'
import type { AskedExport, ExportPorts, GiveExport, GivenExport } from './asked-export.ts'
import { writeCard } from './card.ts'
import { createJsonlEncoder } from './encode-rows.ts'
import { type IndexEntry, IndexFullError } from './export-index.ts'
import { createExportPlace, watched } from './export-place.ts'
import { type ExportFile, writeManifest } from './manifest.ts'
import {
  encoderOf,
  type GiveExportOptions,
  openIndexOf,
  prepareExport,
  RefusedError,
  readExportTexts,
  streamRows,
} from './prepare-export.ts'
import { createStoreSource } from './store-source.ts'
import type { StreamWriter } from './stream-export.ts'
import { isGiven, type RecordContent, streamRecords } from './stream-records.ts'
import { createFileWriter, createPartsWriter, type ExportEnd } from './stream-writers.ts'
import type { ExportFigures } from './tally.ts'

export function createExporting(
  options: GiveExportOptions,
): ExportPorts & { readonly newExportId: () => string } {
  return {
    giveExport: createGiveExport(options),
    exportTexts: () => readExportTexts(options),
    newExportId: () => newExportId(options),
  }
}

function newExportId({ random }: Pick<GiveExportOptions, 'random'>): string {
  return `ex_${random.hex(16)}`
}

function createGiveExport(options: GiveExportOptions): GiveExport {
  const take = createExportPlace(options.clock)
  return async function giveExport(asked) {
    const place = take()
    if (!place) return fail({ reason: 'busy' })
    try {
      const held = { ...options, ...watched(options, place.seen) }
      return succeed(await begin(held, asked, place.free))
    } catch (error) {
      place.free()
      if (error instanceof RefusedError) return fail({ reason: error.reason })
      if (error instanceof IndexFullError) return fail({ reason: 'too_many' })
      if (asked.signal.aborted) return fail({ reason: 'left' })
      throw error
    }
  }
}

async function begin(
  options: GiveExportOptions,
  asked: AskedExport,
  free: () => void,
): Promise<GivenExport> {
  if (asked.as === 'manifest' || asked.as === 'card') {
    const given = await describe(options, asked)
    free()
    return given
  }
  const rows = createEnding(free)
  try {
    return rows.given(await beginRows(options, asked, () => rows.end()))
  } catch (error) {
    const isSealed = error instanceof RefusedError && error.reason === 'sealed'
    if (!isSealed || !asked.takesSealed) throw error
    const records = createEnding(free)
    return records.given(await beginRecords(options, asked, () => records.end()))
  }
}

/** Frees the place when what was given ends: rows that were refused may be followed by records, in the same place. */
function createEnding(free: () => void) {
  let [hasEnded, isGiven] = [false, false]
  return {
    end() {
      hasEnded = true
      if (isGiven) free()
    },
    given(one: GivenExport): GivenExport {
      isGiven = true
      if (hasEnded) free()
      return one
    },
  }
}

async function beginRows(
  options: GiveExportOptions,
  asked: AskedExport,
  onEnd: () => void,
): Promise<GivenExport> {
  const { encoding, split } = asked.options
  const prepared = await prepareExport(options, asked)
  const { format, told } = prepared
  const note = noteOf(options, asked, told)
  const writer =
    asked.as === 'parts'
      ? createPartsWriter(createJsonlEncoder(), told)
      : createFileWriter(encoderOf(options, asked, format), split)
  const rows = {
    prepared,
    writer,
    note: (entries: Iterable<IndexEntry>) => note.write(entries),
    onEnd,
  }
  const body = await streamRows(options, asked, rows)
  const isPacked = asked.as === 'rows' && encoding === 'jsonl.gz'
  return { id: note.id, body: isPacked ? body.pipeThrough(new CompressionStream('gzip')) : body }
}

/** Content of nobody leaves with a manifest or a card, so that no export is noted. */
async function describe(options: GiveExportOptions, asked: AskedExport): Promise<GivenExport> {
  const { encoding, split } = asked.options
  const prepared = await prepareExport(options, asked)
  const { format, told } = prepared
  const writer = createFileWriter(encoderOf(options, asked, format), split)
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
  const plain = await streamRows(options, asked, rows)
  const packed = encoding === 'jsonl.gz' ? plain.pipeThrough(new CompressionStream('gzip')) : plain
  const count = new TransformStream<Bytes, Bytes>({
    transform(piece, controller) {
      counted.bytes += piece.length
      controller.enqueue(piece)
    },
  })
  const sha256 = await options.digestStream(packed.pipeThrough(count))
  if (!figures) throw new Error('An export ended without its figures')
  const file: ExportFile = { path: `${split ?? 'rows'}.${encoding}`, split, ...counted, sha256 }
  const beside = { format, figures, files: [file], arguments: told.arguments }
  const body = asked.as === 'card' ? writeCard(beside) : writeManifest({ ...told, ...beside }).text
  return { id: null, body }
}

async function beginRecords(
  options: GiveExportOptions,
  asked: AskedExport,
  onEnd: () => void,
): Promise<GivenExport> {
  const { database, labels, clock, report } = options
  const { filter, signal } = asked
  const told = { arguments: { filter: { ...filter } as JsonObject, sealed: true }, stages: [] }
  const note = noteOf(options, asked, told)
  const body = await streamRecords({
    source: createStoreSource(
      { database, content: (row) => readRecord(options, row), labels: (ids) => labels.of(ids) },
      filter,
    ),
    openIndex: openIndexOf(options),
    note: (entries: Iterable<IndexEntry>) => note.write(entries),
    onEnd,
    report,
    signal,
    clock,
  })
  return { id: note.id, body }
}

/** `write` is waited for before anything is given. */
function noteOf(
  { exports, clock, random }: GiveExportOptions,
  { actor, options }: AskedExport,
  { arguments: filters, stages }: Pick<ExportEnd, 'arguments' | 'stages'>,
) {
  const id = newExportId({ random })
  const time = clock.now()
  const format = options.format.name
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
        },
        onceEach(entries),
      )
      if (!noted.ok) throw new RefusedError(noted.failure.reason)
    },
  }
}

/** Choices of one transcript stand next to one another. */
function* onceEach(entries: Iterable<IndexEntry>) {
  let last: string | null = null
  for (const { transcript, subject, trace } of entries) {
    if (transcript !== last) yield { tenant: trace.tenant, subject }
    last = transcript
  }
}

async function readRecord(
  { blobs, compression }: GiveExportOptions,
  row: TranscriptRow,
): Promise<RecordContent | null> {
  const { contentKey } = row
  if (contentKey === null || !isGiven(row)) return null
  const bytes = await blobs.get(contentKey)
  if (!bytes) return null
  if (isSealedKey(contentKey)) return { sealed: new TextDecoder().decode(bytes) }
  const decoded = await decodeTranscript(Uint8Array.from(bytes), compression)
  return decoded.ok ? { sealed: null, transcript: decoded.value as unknown as JsonObject } : null
}
