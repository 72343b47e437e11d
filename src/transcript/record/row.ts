/**
 * The index row of a transcript: typed columns to filter by, never text of the exchange. No I/O.
 * Free text that callers choose (session, model) is cut and cleaned to what every database takes.
 */

import type { Scores } from '../../conversation/outcome.ts'
import type { Row, SqlValue } from '../../database/database.ts'
import type { Decision } from '../../policy/section.ts'
import type { Consent, Provenance, Transcript, TranscriptAttempt } from './record.ts'

export type TranscriptRow = {
  readonly id: string
  readonly schemaVersion: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly tenant: string
  readonly app: string
  readonly session: string | null
  readonly subject: string | null
  readonly mode: Transcript['mode']
  readonly consent: Consent
  readonly policyId: string
  readonly policyDigest: string
  readonly policyRevision: number
  readonly protocolDigest: string
  /** Ids of the sections that were injected in full, each between spaces: ` GEN SHM `. */
  readonly sections: string
  readonly outcome: Transcript['outcome']['kind']
  readonly outcomeReason: string | null
  readonly decision: Decision | null
  readonly attempts: number
  readonly provider: string
  readonly model: string
  readonly family: string | null
  readonly license: string | null
  readonly trainingRights: Provenance['trainingRights']
  /** Each the lowest over the verdicts on what was released; null where nothing judged was. */
  readonly minHelpfulness: number | null
  readonly minStyle: number | null
  readonly minGrounded: number | null
  readonly minConsistent: number | null
  readonly minRelevant: number | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  readonly reasoningTokens: number | null
  readonly judgeTokens: number | null
  readonly totalMs: number
  readonly modelMs: number
  /** Null: a row without content. */
  readonly contentKey: string | null
  readonly contentBytes: number
}

/** As the store gives it. */
export type StoredRow = TranscriptRow & {
  /** Its place in the order in which things were stored: the store's own, and no part of the record. */
  readonly number: number
}

/** Every field with its column, in the order of both. */
const COLUMNS = {
  id: 'id',
  schemaVersion: 'schema_version',
  time: 'time',
  tenant: 'tenant',
  app: 'app',
  session: 'session',
  subject: 'subject',
  mode: 'mode',
  consent: 'consent',
  policyId: 'policy_id',
  policyDigest: 'policy_digest',
  policyRevision: 'policy_revision',
  protocolDigest: 'protocol_digest',
  sections: 'sections',
  outcome: 'outcome',
  outcomeReason: 'outcome_reason',
  decision: 'decision',
  attempts: 'attempts',
  provider: 'provider',
  model: 'model',
  family: 'family',
  license: 'license',
  trainingRights: 'training_rights',
  minHelpfulness: 'min_helpfulness',
  minStyle: 'min_style',
  minGrounded: 'min_grounded',
  minConsistent: 'min_consistent',
  minRelevant: 'min_relevant',
  promptTokens: 'prompt_tokens',
  completionTokens: 'completion_tokens',
  reasoningTokens: 'reasoning_tokens',
  judgeTokens: 'judge_tokens',
  totalMs: 'total_ms',
  modelMs: 'model_ms',
  contentKey: 'content_key',
  contentBytes: 'content_bytes',
} as const satisfies Record<keyof TranscriptRow, string>

/** By score: the column of its lowest. */
export const SCORE_COLUMNS = {
  helpfulness: COLUMNS.minHelpfulness,
  style: COLUMNS.minStyle,
  grounded: COLUMNS.minGrounded,
  consistent: COLUMNS.minConsistent,
  relevant: COLUMNS.minRelevant,
} as const satisfies Record<keyof Scores, string>

const FIELDS = Object.keys(COLUMNS) as readonly (keyof TranscriptRow)[]

/** The names of all columns, for SELECT and INSERT. */
export const ROW_COLUMNS = FIELDS.map((field) => COLUMNS[field]).join(', ')

export const ROW_PLACEHOLDERS = FIELDS.map(() => '?').join(', ')

/** Longer text fits no index of PostgreSQL, and no name is longer. */
const MAX_TEXT_LENGTH = 200

export function rowParams(row: TranscriptRow): readonly SqlValue[] {
  return FIELDS.map((field) => row[field])
}

/** Reads a row that this program wrote. */
export function readRow(row: Row): TranscriptRow {
  const fields = FIELDS.map((field) => [field, row[COLUMNS[field]] ?? null])
  return Object.fromEntries(fields) as TranscriptRow
}

/** Reads a row of which the number was asked for, too. */
export function readStoredRow(row: Row): StoredRow {
  return { ...readRow(row), number: Number(row.number) }
}

export type RowContent = { readonly key: string | null; readonly bytes: number }

export function toRow(transcript: Transcript, content: RowContent): TranscriptRow {
  const { policy, upstream, outcome, usage, timings } = transcript
  const released = releasedAttempts(transcript)
  const full = transcript.selection.filter((one) => one.full).map((one) => one.section)
  const judge = usage.judge
  return {
    id: transcript.id,
    schemaVersion: transcript.schema,
    time: Date.parse(transcript.time),
    tenant: clean(transcript.tenant),
    app: clean(transcript.app),
    session: cleanOrNull(transcript.session),
    subject: transcript.subject,
    mode: transcript.mode,
    consent: transcript.consent,
    policyId: policy.id,
    policyDigest: policy.digest,
    policyRevision: policy.revision,
    protocolDigest: transcript.protocol,
    sections: full.length === 0 ? '' : ` ${full.join(' ')} `,
    outcome: outcome.kind,
    outcomeReason: cleanOrNull(outcome.reason),
    decision: released.map(decisionOf).find((decision) => decision !== null) ?? null,
    attempts: transcript.attempts.length,
    provider: clean(upstream.provider),
    model: clean(upstream.model),
    family: cleanOrNull(upstream.family),
    license: cleanOrNull(upstream.license),
    trainingRights: upstream.trainingRights,
    minHelpfulness: lowest(released, 'helpfulness'),
    minStyle: lowest(released, 'style'),
    minGrounded: lowest(released, 'grounded'),
    minConsistent: lowest(released, 'consistent'),
    minRelevant: lowest(released, 'relevant'),
    promptTokens: usage.generation?.promptTokens ?? null,
    completionTokens: usage.generation?.completionTokens ?? null,
    reasoningTokens: usage.generation?.reasoningTokens ?? null,
    judgeTokens: judge && judge.promptTokens + judge.completionTokens,
    totalMs: timings.totalMs,
    modelMs: timings.modelMs,
    contentKey: content.key,
    contentBytes: content.bytes,
  }
}

/** The attempts whose answers were chosen, at most one per choice. */
function releasedAttempts({ attempts, outcome }: Transcript): readonly TranscriptAttempt[] {
  return attempts.filter(({ choice, number }) =>
    outcome.choices.some((one) => one.index === choice && one.attempt === number),
  )
}

function decisionOf({ decision, verdicts }: TranscriptAttempt): Decision | null {
  return decision ?? verdicts.find((verdict) => verdict.decision !== null)?.decision ?? null
}

function lowest(attempts: readonly TranscriptAttempt[], score: keyof Scores): number | null {
  const values = attempts.flatMap(({ verdicts }) =>
    verdicts.map(({ scores }) => scores[score]).filter((value) => value !== undefined),
  )
  return values.length === 0 ? null : Math.min(...values)
}

/** PostgreSQL refuses NUL and lone surrogates in text. */
function clean(text: string): string {
  return text.slice(0, MAX_TEXT_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD')
}

function cleanOrNull(text: string | null): string | null {
  return text === null ? null : clean(text)
}
