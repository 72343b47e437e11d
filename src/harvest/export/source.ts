/** Where an export's transcripts come from. Types only. */

import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import type { Projected } from './examples/project.ts'

export type SourceItem = Omit<Projected, 'transcript'> & {
  /** Null where its content cannot be read. */
  readonly transcript: Transcript | null
}

export interface TranscriptSource {
  /**
   * All that were asked for, the oldest first, by time and id. Content is read of those alone that are wanted: `wants` is
   * called for every row, in order.
   */
  read(wants: (row: TranscriptRow) => boolean): AsyncIterable<SourceItem>
  /** The same rows in the same order, without content. */
  rows(): AsyncIterable<TranscriptRow>
}
