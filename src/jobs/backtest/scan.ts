/**
 * The transcripts that a backtest looks at, the newest first, a page at a time. I/O through the source.
 * Of a sample only ids are held, and always the same transcripts are in it, however the store has grown at its end.
 */
import { hash32 } from '../../text/hash32.ts'
import type { Consent, Transcript } from '../../transcript/record/record.ts'

/** Where a transcript stands in the order of the scan. */
export type Position = { readonly time: number; readonly id: string }

export type Listed = Position & { readonly consent: Consent; readonly hasContent: boolean }

export type ScanFilter = {
  readonly policy: string
  /** Milliseconds since the epoch: inclusive. */
  readonly since: number | null
  /** Exclusive. */
  readonly until: number
  readonly app: string | null
}

/** Stored transcripts, wherever they are. */
export interface ScanSource {
  /** The newest first, by time and id, from after the position on. */
  list(
    filter: ScanFilter,
    page: { readonly after: Position | null; readonly limit: number },
  ): Promise<readonly Listed[]>
  /** Null where there is no content, or none that can be read. */
  read(id: string): Promise<Transcript | null>
  /** How many there are; null where that cannot be told. */
  count(filter: ScanFilter): Promise<number | null>
}

/** As many as a gateway gives at once. */
const PAGE = 200

/** True when `one` comes later in the scan than `other`. */
export function isAfter(one: Position, other: Position): boolean {
  return one.time === other.time ? one.id < other.id : one.time < other.time
}

/** Every transcript of the filter. */
export async function* scan(
  source: ScanSource,
  filter: ScanFilter,
  after: Position | null,
): AsyncGenerator<Listed> {
  let from = after
  for (;;) {
    const page = await source.list(filter, { after: from, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    from = last
  }
}

/** So many of them, chosen by the hash of their ids. */
export async function* scanSample(
  source: ScanSource,
  filter: ScanFilter,
  { size, after }: { readonly size: number; readonly after: Position | null },
): AsyncGenerator<Listed> {
  let chosen: (readonly [hash: number, listed: Listed])[] = []
  const cut = () => {
    chosen.sort(([a, one], [b, other]) => a - b || (one.id < other.id ? -1 : 1))
    chosen = chosen.slice(0, size)
  }
  for await (const listed of scan(source, filter, null)) {
    chosen.push([hash32(listed.id), listed])
    if (chosen.length >= 2 * size + PAGE) cut()
  }
  cut()
  const ordered = chosen.map(([, listed]) => listed).sort((a, b) => (isAfter(a, b) ? 1 : -1))
  for (const listed of ordered) if (!after || isAfter(listed, after)) yield listed
}
