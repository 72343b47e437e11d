/**
 * The transcripts of an export out of the database and its blobs, with people's labels. I/O through their ports; reads alone.
 * A page of rows at a time, and of their contents a few at once, so that neither long transcripts nor many fill the memory.
 */
import type { Database } from '../../database/database.ts'
import type { HumanLabel } from '../../transcript/record/label.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import { readStoredRow, type StoredRow } from '../../transcript/record/row.ts'
import {
  LABELLED_WITHIN,
  type NumberRange,
  stretchStatement,
  type TranscriptFilter,
} from '../../transcript/store/list.ts'

export type StoreSourcePorts<Content, Label> = {
  readonly database: Database
  /** The content of a row, opened; null where it cannot be read. */
  readonly content: (row: StoredRow) => Promise<Content | null>
  /** Of some transcripts, the oldest first. */
  readonly labels: (transcripts: readonly string[]) => Promise<readonly Label[]>
}

/** As a `TranscriptSource`, of whatever content and labels are read as. */
export interface StoreSource<Content, Label> {
  read(wants: (row: StoredRow) => boolean): AsyncIterable<{
    readonly row: StoredRow
    readonly transcript: Content | null
    readonly labels: readonly Label[]
  }>
  rows(): AsyncIterable<StoredRow>
}

const PAGE = 500
/** Numbers that are looked through at once. */
const LONGEST_STRETCH = 16_000
/** Contents read at once. */
const MAX_AT_ONCE = 8
/** As they are stored: what says the same again and again becomes a thousand times as much. */
const MAX_BYTES_AT_ONCE = 64 * 1024

/** `range`: what was stored within it, and what of before it was labelled within it. */
export function createStoreSource<
  Content = Transcript,
  Label extends { readonly transcript: string } = HumanLabel,
>(
  ports: StoreSourcePorts<Content, Label>,
  filter: TranscriptFilter,
  range: NumberRange,
): StoreSource<Content, Label> {
  return {
    rows: () => rowsOf(ports, filter, range),
    async *read(wants) {
      for await (const rows of pagesOf(rowsOf(ports, filter, range))) {
        const wanted = rows.filter(wants)
        const labels = await labelsByTranscript(ports, wanted)
        for (const some of batches(wanted)) {
          const transcripts = await Promise.all(some.map(ports.content))
          for (const [place, row] of some.entries()) {
            const transcript = transcripts[place] ?? null
            yield { row, transcript, labels: labels.get(row.id) ?? [] }
          }
        }
      }
    },
  }
}

type Reading = { readonly database: Database }

/** First what was there before the range and is labelled within it, then what came within it: both in order. */
async function* rowsOf(ports: Reading, filter: TranscriptFilter, range: NumberRange) {
  yield* labelledRows(ports, filter, range)
  yield* newRows(ports, filter, range)
}

async function* labelledRows({ database }: Reading, filter: TranscriptFilter, range: NumberRange) {
  if (range.after === 0) return
  const { after, through } = range
  const sql = `SELECT number FROM changes WHERE kind = 'transcript' AND number <= ? AND ${LABELLED_WITHIN} ORDER BY number`
  const found = await database.all(sql, [after, after, through])
  const numbers = found.map(({ number }) => Number(number))
  for (let at = 0; at < numbers.length; at += PAGE) {
    const some = numbers.slice(at, at + PAGE)
    const [first = 0, last = 0] = [some[0], some.at(-1)]
    yield* await readStretch(database, filter, { after: first - 1, through: last, labelled: range })
  }
}

async function* newRows({ database }: Reading, filter: TranscriptFilter, range: NumberRange) {
  let length = PAGE
  for (let { after } = range; after < range.through; ) {
    const through = Math.min(after + length, range.through)
    const rows = await readStretch(database, filter, { after, through, labelled: null })
    yield* rows
    // Where few are as the filter asks, further at once; never so far that others wait for it.
    if (rows.length < PAGE / 2) length = Math.min(length * 2, LONGEST_STRETCH)
    else if (rows.length > PAGE) length = Math.max(PAGE, Math.floor(length / 2))
    after = through
  }
}

async function readStretch(
  database: Database,
  filter: TranscriptFilter,
  stretch: NumberRange & { readonly labelled: NumberRange | null },
): Promise<readonly StoredRow[]> {
  const { sql, params } = stretchStatement(database.dialect, filter, stretch)
  return (await database.all(sql, params)).map(readStoredRow)
}

async function* pagesOf(rows: AsyncIterable<StoredRow>) {
  let page: StoredRow[] = []
  for await (const row of rows) {
    page.push(row)
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

async function labelsByTranscript<Label extends { readonly transcript: string }>(
  { labels }: Pick<StoreSourcePorts<unknown, Label>, 'labels'>,
  rows: readonly StoredRow[],
) {
  const found = rows.length === 0 ? [] : await labels(rows.map(({ id }) => id))
  return Map.groupBy(found, ({ transcript }) => transcript)
}

function* batches(rows: readonly StoredRow[]): Generator<readonly StoredRow[]> {
  let some: StoredRow[] = []
  let bytes = 0
  for (const row of rows) {
    if (
      some.length >= MAX_AT_ONCE ||
      (some.length > 0 && bytes + row.contentBytes > MAX_BYTES_AT_ONCE)
    ) {
      yield some
      some = []
      bytes = 0
    }
    some.push(row)
    bytes += row.contentBytes
  }
  if (some.length > 0) yield some
}
