/** What a format is: its columns, and how it arranges an example into rows. Types only. */
import type { JsonObject } from '../../lib/json.ts'
import type { Result } from '../../lib/result.ts'
import type { Columns } from '../columns.ts'
import type { Example } from '../example.ts'

export const FORMATS = ['sft', 'sft-cot', 'preference', 'kto', 'rl', 'judge', 'transcript'] as const

export type FormatName = (typeof FORMATS)[number]

export type FormatOptions = {
  readonly name: FormatName
  /** For `preference`, `kto` and `judge`, which leave reasoning out else. */
  readonly withReasoning: boolean
  /** Reasoning stands in `<think>` within the content, for templates that know no field for it. */
  readonly thinkTags: boolean
}

/** Why an example gives no row of a format. */
export type RowFault =
  | 'prompt_not_text'
  | 'answer_not_text'
  | 'nothing_rejected'
  | 'not_judged'
  | 'decision_missing'
  | 'prompt_unfinished'
  | 'reasoning_missing'
  | 'arguments_unreadable'
  | 'not_unicode'

export type Format = {
  readonly name: FormatName
  /** Raised whenever the same example could come out differently. */
  readonly version: number
  readonly columns: Columns
  /** True where rows hold reasoning. */
  readonly holdsReasoning: boolean
  /** @throws ReasoningFoundError where a row holds what it must not. */
  rowsOf(example: Example): Result<readonly JsonObject[], RowFault>
}
