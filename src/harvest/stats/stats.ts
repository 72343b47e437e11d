/**
 * What a harvest would find: figures over the index, and over contents as far as they can be read. I/O through the source; one
 * transcript is held at a time, and about 100 bytes of each for the duplicates. Figures and names alone, never text.
 */
import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import { project } from '../export/examples/project.ts'
import { createDuplicateStage } from '../stages/duplicates.ts'
import { traceOf } from '../stages/trace.ts'
import { type ContentFigures, createContentTally } from './stats-contents.ts'
import { createRowTally, type RowFigures } from './stats-rows.ts'

export type StatsItem = {
  readonly row: TranscriptRow
  /** Null where there is no content, or none that can be read. */
  readonly transcript: Transcript | null
}

export type HarvestStats = RowFigures &
  ContentFigures & {
    /** Whose content was read, was never kept, and cannot be read: damaged, or sealed without its key. */
    readonly contents: Readonly<Record<'read' | 'missing' | 'unreadable', number>>
    readonly duplicates: {
      /** Answers that were compared with those before them. */
      readonly compared: number
      readonly exact: number
      readonly near: number
    }
  }

export async function collectStats(items: AsyncIterable<StatsItem>): Promise<HarvestStats> {
  const rows = createRowTally()
  const tally = createContentTally()
  const duplicates = createDuplicateStage()
  const contents = { read: 0, missing: 0, unreadable: 0 }
  let compared = 0
  for await (const { row, transcript } of items) {
    rows.add(row)
    if (!transcript) {
      contents[row.contentKey === null ? 'missing' : 'unreadable']++
      continue
    }
    contents.read++
    tally.add(transcript)
    for (const example of project({ transcript, row, labels: [] })) {
      duplicates.add(await traceOf(example, { order: compared++, answer: true }))
    }
  }
  const found = { exact: 0, near: 0 }
  for (let order = 0; order < compared; order++) {
    const verdict = duplicates.verdict(order)
    if (verdict === 'duplicate_exact') found.exact++
    else if (verdict === 'duplicate_near') found.near++
  }
  return { ...rows.read(), contents, ...tally.read(), duplicates: { compared, ...found } }
}
