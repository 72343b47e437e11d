/**
 * What candidates would have decided on live traffic, request by request, beside the transcripts. I/O through the SQL port.
 * Classes, ids and digests alone: the texts are in the transcript that a row names.
 */
import type { Database, Row } from '../../database/database.ts'
import type { Agreement } from './observations.ts'

export type CandidateReview = {
  readonly transcript: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly tenant: string
  readonly policy: string
  /** Of the policy's state. */
  readonly version: number
  /** The candidate's digest. */
  readonly candidate: string
  readonly agreement: Agreement
  /** The ids of the sections that the candidate selected in full over the conversation. */
  readonly sections: readonly string[]
  /** Why its verdict failed, as classes; empty where it passed or there is none. */
  readonly reasons: readonly string[]
  /** The class of its judge's failure. */
  readonly failure: string | null
}

/** A page goes back in time from before `before`, which is a row of the page before it. */
export type CandidateReviewPage = {
  /** Null: every tenant's. */
  readonly tenants: readonly string[] | null
  readonly before: Pick<CandidateReview, 'time' | 'transcript'> | null
  readonly limit: number
}

export type CandidateReviews = {
  /** A review of the same transcript that is there already stays. @throws DatabaseError when it is not taken. */
  add(review: CandidateReview): Promise<void>
  /** The newest first. @throws DatabaseError when the database does not answer. */
  list(policy: string, page: CandidateReviewPage): Promise<readonly CandidateReview[]>
}

const COLUMNS =
  'transcript_id, time, tenant, policy, version, candidate, agreement, sections, reasons, failure'
/** What is said of a transcript that a deletion has removed is not taken; one that is not there yet may wait in a spool. */
const INSERT = `INSERT INTO candidate_reviews (${COLUMNS})
  SELECT ?, CAST(? AS BIGINT), ?, ?, CAST(? AS BIGINT), ?, ?, ?, ?, ?
  WHERE EXISTS (SELECT 1 FROM transcripts WHERE id = ?)
    OR NOT EXISTS (SELECT 1 FROM deleted_subjects WHERE (tenant = ? OR tenant = '*') AND time >= ?)
  ON CONFLICT (transcript_id) DO NOTHING`

export function createCandidateReviews(database: Database): CandidateReviews {
  // One parameter for however many there are: D1 takes a hundred at most.
  const among =
    database.dialect === 'postgres'
      ? 'AND tenant IN (SELECT jsonb_array_elements_text(CAST(? AS jsonb)))'
      : 'AND tenant IN (SELECT value FROM json_each(?))'
  return {
    async add(review) {
      const { transcript, time, tenant, policy, version, candidate, agreement } = review
      const names = [transcript, time, tenant, policy, version, candidate, agreement]
      const texts = [JSON.stringify(review.sections), JSON.stringify(review.reasons)]
      const there = [transcript, tenant, time]
      const params = [...names, ...texts, review.failure, ...there]
      await database.batch([{ sql: INSERT, params }])
    },
    async list(policy, { tenants, before, limit }) {
      const sql = `SELECT ${COLUMNS} FROM candidate_reviews
        WHERE policy = ? AND (time < ? OR (time = ? AND transcript_id < ?))
        ${tenants ? among : ''}
        ORDER BY time DESC, transcript_id DESC LIMIT ?`
      const { time, transcript } = before ?? { time: Number.MAX_SAFE_INTEGER, transcript: '' }
      const named = tenants ? [JSON.stringify(tenants)] : []
      const params = [policy, time, time, transcript, ...named, limit]
      return (await database.all(sql, params)).map(readReview)
    },
  }
}

/** Reads a row that this program wrote. */
function readReview(row: Row): CandidateReview {
  return {
    transcript: String(row.transcript_id),
    time: Number(row.time),
    tenant: String(row.tenant),
    policy: String(row.policy),
    version: Number(row.version),
    candidate: String(row.candidate),
    agreement: String(row.agreement) as Agreement,
    sections: JSON.parse(String(row.sections)) as readonly string[],
    reasons: JSON.parse(String(row.reasons)) as readonly string[],
    failure: row.failure === null ? null : String(row.failure),
  }
}
