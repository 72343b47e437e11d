/**
 * A transcript on its way into a dataset: what the client asked, what was released, and what failed before it. Types only.
 * Reasoning stands in the clear here, as it does in the transcript; nothing of this is ever logged or sent to a client.
 */
import type { JsonArray, JsonObject } from '../lib/json.ts'
import type { Decision } from '../policy/section.ts'
import type { HumanLabel } from '../transcript/record/label.ts'
import type { Transcript, TranscriptAttempt } from '../transcript/record/record.ts'
import type { TranscriptRow } from '../transcript/record/row.ts'

export type { HumanLabel }

export type DatasetSplit = 'train' | 'validation' | 'test'

/** An assistant's turn as a trainer reads it: OpenAI's message, with its reasoning apart. */
export type ExampleCompletion = {
  /** `{role: 'assistant', content, tool_calls?, refusal?}`. */
  readonly message: JsonObject
  readonly reasoning: string | null
  readonly decision: Decision | null
  readonly citedClauses: readonly string[]
  /** The attempt it comes from; null for a substitute and for what a person wrote. */
  readonly attempt: TranscriptAttempt | null
}

/** One choice of one transcript, projected once; formats only arrange it. */
export type Example = {
  readonly transcript: Transcript
  readonly row: TranscriptRow
  readonly labels: readonly HumanLabel[]
  readonly choice: number
  /** The client's own messages and tools, verbatim but for redactions. */
  readonly prompt: JsonArray
  readonly tools: JsonArray | null
  /** What was released, or what a person's word puts in its place. */
  readonly chosen: ExampleCompletion
  /** `edit`: a person wrote it. `decision`: a person overturned the decision, and it is the draft that had decided rightly. */
  readonly chosenBy: 'gateway' | 'edit' | 'decision'
  /** What failed before it, the last first. */
  readonly rejected: readonly ExampleCompletion[]
  /** The section that weighs most among those cited, else among those that came up; null where there is none. */
  readonly section: string | null
  readonly decision: Decision | null
  /** By a hash of the first words that a user says: the same in every export. */
  readonly split: DatasetSplit
  /** What was replaced, by kind: `{email: 2}`. */
  readonly redactions: Readonly<Record<string, number>>
}
