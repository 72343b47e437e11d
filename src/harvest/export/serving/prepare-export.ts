/**
 * What every export of a gateway is made of: the texts that its prompts are searched for, its cascade, its rows. I/O through the
 * platform's ports; it reads, and notes nothing.
 */

import type { AuditLog } from '../../../audit/audit-log.ts'
import type { Database } from '../../../database/database.ts'
import type { Clock, Random } from '../../../lib/clock.ts'
import type { Bytes, Compression } from '../../../lib/compression.ts'
import type { JsonObject } from '../../../lib/json.ts'
import type { Bundle, Protocol } from '../../../policy/section.ts'
import { createRevisionStore } from '../../../revisions/store.ts'
import { decodeTranscript } from '../../../transcript/record/encode.ts'
import type { Sha256 } from '../../../transcript/record/received.ts'
import type { TranscriptRow } from '../../../transcript/record/row.ts'
import { isSealedKey } from '../../../transcript/store/entry.ts'
import type { ExportStore } from '../../../transcript/store/exports.ts'
import type { LabelStore } from '../../../transcript/store/labels.ts'
import type { Blobs } from '../../../transcript/store/sink.ts'
import { createFormat } from '../../formats/create-format.ts'
import type { Format } from '../../formats/format.ts'
import { createCascade } from '../cascade.ts'
import { createContaminationScan, type KnownTexts } from '../examples/contamination.ts'
import { readKnownPolicies, severitiesOf } from '../examples/known-policies.ts'
import { argumentsOf, type Codec } from '../export-parameters.ts'
import { createParquetEncoder, type ParquetCodec, SNAPPY } from '../files/encode-parquet.ts'
import { createJsonlEncoder, type RowEncoder } from '../files/encode-rows.ts'
import { givenBefore, type Increment, openIncrement, toldWith } from '../increment/increment.ts'
import { Tombstones } from '../increment/touched.ts'
import { createMemoryIndex, type ExportIndex, type IndexEntry } from '../passes/export-index.ts'
import { createStoreSource } from '../store-source.ts'
import type { ExportFigures } from '../tally.ts'
import type { ExportPlatform } from './export-platform.ts'
import type { ExportRefusal, ExportRequest } from './export-request.ts'
import { type StreamWriter, streamExport } from './stream-export.ts'
import type { ExportMaking } from './stream-writers.ts'

export type ServeExportOptions = ExportPlatform & {
  readonly database: Database
  readonly blobs: Blobs
  readonly compression: Compression
  readonly clock: Clock
  readonly random: Random
  readonly sha256: Sha256
  readonly protocol: Protocol
  readonly builtIn: readonly Bundle[]
  readonly audit: AuditLog
  readonly labels: LabelStore
  readonly exports: ExportStore
  readonly report: (error: unknown) => void
}

/** Where nothing can be put on disk: about 20 MB. */
const MAX_IN_MEMORY = 20_000

/** There is no export, and why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly reason: ExportRefusal['reason']

  constructor(reason: ExportRefusal['reason'], message: string = reason) {
    super(message)
    this.reason = reason
  }
}

/** The texts that prompts are searched for: of every policy that the transcripts were made under, and of the protocol. */
export async function readExportTexts(options: ServeExportOptions): Promise<KnownTexts> {
  const { database, compression, audit, builtIn, protocol } = options
  const revisions = createRevisionStore({ database, audit, compression })
  const content = (digest: string) => revisions.content(digest)
  const bundles = await readKnownPolicies({ database, builtIn, content })
  return { bundles, protocols: [protocol] }
}

/** All that the rows, the manifest and the card of an export have in common. */
export async function prepareExport(options: ServeExportOptions, request: ExportRequest) {
  const known = await readExportTexts(options)
  const severities = severitiesOf(known.bundles)
  const format = createFormat(request.options.format)
  const { examples, sets } = createCascade({ ...request.options.cascade, severities })
  const stages = [...examples, ...sets].map(({ name, version }) => ({ name, version }))
  const asked = argumentsOf(request.options, request.filter)
  const increment = await openServed(options, request, asked)
  const tombstones = new Tombstones(increment.touched)
  const making = { arguments: asked, stages }
  /** Prompts are searched for the text of every policy; those that are named are seen, or named by a row. */
  const makingOf = ({ policies }: ExportFigures): ExportMaking => {
    const isTold = ({ id, digest }: Bundle) =>
      request.seesPolicy(id) || `${id}@${digest}` in policies
    const scanned = {
      policies: known.bundles.filter(isTold).map(({ digest }) => digest),
      protocols: known.protocols.map(({ digest }) => digest),
    }
    return { ...making, scanned, increment: toldWith(increment, tombstones) }
  }
  return { known, format, examples, sets, making, makingOf, increment, tombstones }
}

/** @throws RefusedError where there is nothing to go on from. */
export async function openServed(
  { database, exports }: ServeExportOptions,
  { increment, filter, options }: ExportRequest,
  asked: JsonObject,
): Promise<Increment> {
  const { tenants } = filter
  const opened = await openIncrement(
    { database, exports },
    { ...increment, format: options.format.name, arguments: asked, tenants },
  )
  if (opened.ok) return opened.value
  throw new RefusedError(opened.failure.reason, opened.failure.message)
}

export type Prepared = Awaited<ReturnType<typeof prepareExport>>

export type Rows = {
  readonly prepared: Prepared
  readonly writer: StreamWriter
  readonly note: (entries: Iterable<IndexEntry>) => Promise<void>
  readonly onEnd: () => void
}

export function streamRows(
  options: ServeExportOptions,
  { filter, options: { splits }, signal }: ExportRequest,
  { prepared, writer, note, onEnd }: Rows,
): Promise<ReadableStream<Bytes>> {
  const { database, sha256, clock, report } = options
  const { known, format, examples, sets, increment, tombstones } = prepared
  const { told, chain } = increment
  return streamExport({
    source: createStoreSource(
      {
        database,
        content: (row) => read(options, row),
        labels: (ids) => readLabels(options, ids, told.through),
      },
      filter,
      told,
    ),
    given: () => givenBefore(database, chain),
    onKept: ({ row }) => tombstones.kept(row.id),
    onDropped: (id, reason) => tombstones.dropped(id, reason),
    sha256,
    isContaminated: createContaminationScan(known),
    examples,
    sets,
    openIndex: openIndexOf(options),
    format,
    splits,
    writer,
    note,
    onEnd,
    report,
    signal,
    clock,
  })
}

/** Where what is compared is remembered. */
export function openIndexOf({ openExportIndex }: ServeExportOptions): () => ExportIndex {
  return openExportIndex ?? (() => createMemoryIndex(MAX_IN_MEMORY))
}

/** @throws RefusedError for what the platform does not compress with. */
export function encoderOf(
  { parquetCodecs }: ServeExportOptions,
  { options: { encoding, codec } }: ExportRequest,
  { columns }: Format,
): RowEncoder {
  if (encoding !== 'parquet') return createJsonlEncoder(columns)
  const known: Readonly<Partial<Record<Codec, ParquetCodec | null>>> = {
    snappy: SNAPPY,
    none: null,
    ...parquetCodecs,
  }
  const found = known[codec]
  if (found === undefined) throw new RefusedError('no_codec')
  return createParquetEncoder({ columns, codec: found })
}

async function read({ blobs, compression }: ServeExportOptions, { contentKey }: TranscriptRow) {
  if (contentKey === null) return null
  if (isSealedKey(contentKey)) throw new RefusedError('sealed')
  const bytes = await blobs.get(contentKey)
  const decoded = bytes && (await decodeTranscript(Uint8Array.from(bytes), compression))
  return decoded?.ok ? decoded.value : null
}

async function readLabels({ labels }: ServeExportOptions, ids: readonly string[], through: number) {
  const found = await labels.of(ids, through)
  if (found.some(({ sealed }) => sealed !== null)) throw new RefusedError('sealed')
  return found
}
