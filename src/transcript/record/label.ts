/** What people say of transcripts, beside and never instead of what the judge found. Types and words, no I/O. */
import type { Decision } from '../../policy/section.ts'

export const LABEL_KINDS = ['good', 'bad', 'wrong_decision', 'edited_answer', 'note'] as const

export type LabelKind = (typeof LABEL_KINDS)[number]

export type HumanLabel = {
  readonly id: string
  readonly transcript: string
  /** Milliseconds since the epoch. */
  readonly time: number
  /** `admin:<subject>`. */
  readonly author: string
  readonly kind: LabelKind
  /** With `wrong_decision`: the right one, and the clauses it rests on. */
  readonly decision: Decision | null
  readonly clauses: readonly string[]
  /** With `edited_answer`: the answer as it should have been. */
  readonly answer: string | null
  readonly note: string | null
}

/** A label as it is kept: where transcripts are sealed its texts are, too. */
export type StoredLabel = HumanLabel & {
  /** The JWE of answer and note, which are null beside it; null where they are not sealed. */
  readonly sealed: string | null
}
