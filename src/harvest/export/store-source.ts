/**
 * The transcripts of an export out of the database and its blobs, with people's labels. I/O through their ports; reads alone.
 * A page of rows at a time, and of their contents a few at once, so that neither long transcripts nor many fill the memory.
 */
import type { Database } from '../../database/database.ts'
import type { HumanLabel } from '../../transcript/record/label.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import { readRow, type TranscriptRow } from '../../transcript/record/row.ts'
import {
  listStatement,
  type TranscriptFilter,
  type TranscriptPlace,
} from '../../transcript/store/list.ts'

export type StoreSourcePorts<Content, Label> = {
  readonly database: Database
  /** The content of a row, opened; null where it cannot be read. */
  readonly content: (row: TranscriptRow) => Promise<Content | null>
  /** Of some transcripts, the oldest first. */
  readonly labels: (transcripts: readonly string[]) => Promise<readonly Label[]>
}

/** As a `TranscriptSource`, of whatever content and labels are read as. */
export interface StoreSource<Content, Label> {
  read(wants: (row: TranscriptRow) => boolean): AsyncIterable<{
    readonly row: TranscriptRow
    readonly transcript: Content | null
    readonly labels: readonly Label[]
  }>
  rows(): AsyncIterable<TranscriptRow>
}

const PAGE = 500
/** Contents read at once. */
const MAX_AT_ONCE = 8
/** As they are stored: what says the same again and again becomes a thousand times as much. */
const MAX_BYTES_AT_ONCE = 64 * 1024

export function createStoreSource<
  Content = Transcript,
  Label extends { readonly transcript: string } = HumanLabel,
>(ports: StoreSourcePorts<Content, Label>, filter: TranscriptFilter): StoreSource<Content, Label> {
  return {
    async *rows() {
      yield* merged(await streamsOf(ports, filter))
    },
    async *read(wants) {
      for await (const rows of pagesOf(merged(await streamsOf(ports, filter)))) {
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

type Rows = AsyncIterator<TranscriptRow>

/** One stream for each policy: of those an index knows the order, and of all together none does. */
async function streamsOf(ports: Reading, filter: TranscriptFilter): Promise<Rows[]> {
  const { database } = ports
  if (filter.policy !== null) return [streamOf(ports, filter)]
  const rows = await database.all('SELECT DISTINCT policy_id FROM transcripts')
  return rows.map((row) => streamOf(ports, { ...filter, policy: String(row.policy_id) }))
}

async function* streamOf({ database }: Reading, filter: TranscriptFilter) {
  let after: TranscriptPlace | null = null
  for (;;) {
    const page = { after, limit: PAGE, order: 'oldest first' } as const
    const { sql, params } = listStatement(database.dialect, filter, page)
    const rows: readonly TranscriptRow[] = (await database.all(sql, params)).map(readRow)
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = { time: last.time, id: last.id }
  }
}

/** All streams as one, by time and id. */
async function* merged(streams: readonly Rows[]): AsyncGenerator<TranscriptRow> {
  const heads: { readonly rows: Rows; row: TranscriptRow }[] = []
  for (const rows of streams) {
    const { done, value } = await rows.next()
    if (!done) heads.push({ rows, row: value })
  }
  for (;;) {
    let first = heads[0]
    if (!first) return
    for (const head of heads) if (isBefore(head.row, first.row)) first = head
    yield first.row
    const { done, value } = await first.rows.next()
    if (done) heads.splice(heads.indexOf(first), 1)
    else first.row = value
  }
}

function isBefore(one: TranscriptRow, other: TranscriptRow): boolean {
  return one.time < other.time || (one.time === other.time && one.id < other.id)
}

async function* pagesOf(rows: AsyncIterable<TranscriptRow>) {
  let page: TranscriptRow[] = []
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
  rows: readonly TranscriptRow[],
) {
  const found = rows.length === 0 ? [] : await labels(rows.map(({ id }) => id))
  return Map.groupBy(found, ({ transcript }) => transcript)
}

function* batches(rows: readonly TranscriptRow[]): Generator<readonly TranscriptRow[]> {
  let some: TranscriptRow[] = []
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
