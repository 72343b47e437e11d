/**
 * Transcripts as they are stored, as lines, for those who hold the key that opens them: sealed content is given as it is. I/O
 * through the ports. Consent holds here, too: of callers who gave none a line tells nothing but that, so that whoever makes an
 * export of the lines can count it. Who is in it is noted before the first byte.
 */
import type { Bytes } from '../../../lib/compression.ts'
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import type { StoredLabel } from '../../../transcript/record/label.ts'
import type { StoredRow } from '../../../transcript/record/row.ts'
import { createJsonlEncoder } from '../files/encode-rows.ts'
import type { ExportIndex, IndexEntry } from '../passes/export-index.ts'
import type { StoreSource } from '../store-source.ts'
import { type PiecesOptions, streamPieces } from './stream-pieces.ts'

/** Content as a line has it. */
export type RecordContent =
  | { readonly sealed: string }
  | { readonly sealed: null; readonly transcript?: JsonObject }

export type StreamRecordsPorts = PiecesOptions & {
  readonly source: StoreSource<RecordContent, StoredLabel>
  readonly openIndex: () => ExportIndex
  readonly note: (entries: Iterable<IndexEntry>) => Promise<void>
}

/** Told of those who may not be harvested. */
export type BarredLine = Pick<StoredRow, 'id' | 'number' | 'time' | 'consent'>

/** @throws what `note` throws, and IndexFullError. */
export function streamRecords(ports: StreamRecordsPorts): Promise<ReadableStream<Bytes>> {
  const { source, openIndex, note } = ports
  return streamPieces(ports, async ({ put, begin, stop }) => {
    const index = openIndex()
    try {
      for await (const row of source.rows()) {
        stop.throwIfAborted()
        if (isGiven(row)) index.add(entryOf(row, index.size))
      }
      await note(index.entries())
      stop.throwIfAborted()
      begin()
      await writeLines(ports, index, { put, stop })
    } finally {
      index.close()
    }
  })
}

type Writing = {
  readonly put: (pieces: readonly Bytes[]) => Promise<void>
  readonly stop: AbortSignal
}

/** What has come since the note is left out. */
async function writeLines(
  { source }: StreamRecordsPorts,
  index: ExportIndex,
  { put, stop }: Writing,
): Promise<void> {
  const encoder = createJsonlEncoder()
  const noted = index.entries()[Symbol.iterator]()
  let next = noted.next()
  const wants = (row: StoredRow) => {
    stop.throwIfAborted()
    if (!isGiven(row)) return true
    while (!next.done && next.value.number < row.number) next = noted.next()
    return !next.done && next.value.number === row.number
  }
  for await (const { row, transcript, labels } of source.read(wants)) {
    const read = labels as unknown as JsonValue
    const line = isGiven(row)
      ? { ...listedRow(row), ...(transcript ?? { sealed: null }), labels: read }
      : barredLine(row)
    await put(encoder.add(line))
  }
  await put(encoder.finish())
}

/** True for what has content that may be harvested: of no other is any read. */
export function isGiven({ consent, contentKey }: StoredRow): boolean {
  return consent === 'harvest' && contentKey !== null
}

/** A row of a caller without consent, or one without content. */
function barredLine({ id, number, time, consent }: StoredRow): BarredLine {
  return { id, number, time, consent }
}

/** Where content lies is nobody's business. */
function listedRow({ contentKey: _contentKey, sections, ...row }: StoredRow): JsonObject {
  return { ...row, sections: sections.split(' ').filter(Boolean) }
}

const NO_SIGNATURE = new Uint32Array(0)

function entryOf({ id, number, subject, tenant }: StoredRow, order: number): IndexEntry {
  const nothing = { section: null, decision: null, lookAlike: false, template: null, exact: '' }
  const trace = { id: `${id}#0`, order, tenant, ...nothing, signature: NO_SIGNATURE }
  return { number, transcript: id, choice: 0, subject, split: null, trace }
}
