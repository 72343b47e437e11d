/** Where an export's transcripts come from. Types only. */

import type { Transcript } from '../../transcript/record/record.ts'
import type { StoredRow } from '../../transcript/record/row.ts'
import type { Projected } from './examples/project.ts'

export type SourceItem = Omit<Projected, 'transcript' | 'row'> & {
  readonly row: StoredRow
  /** Null where its content cannot be read. */
  readonly transcript: Transcript | null
}

export interface TranscriptSource {
  /**
   * All that were asked for, in the order in which they were stored. Content is read of those alone that are wanted: `wants` is
   * called for every row, in order.
   */
  read(wants: (row: StoredRow) => boolean): AsyncIterable<SourceItem>
  /** The same rows in the same order, without content. */
  rows(): AsyncIterable<StoredRow>
}
