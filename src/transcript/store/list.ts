/**
 * The listing of transcripts: rows of the index, the newest first, by what they are to be like. SQL as data, no I/O.
 * An index begins with the tenant: whoever names one is answered soonest.
 */
import type { Database, SqlValue, Statement } from '../../database/database.ts'
import type { Decision, Mode } from '../../policy/section.ts'
import type { LabelKind } from '../record/label.ts'
import { ROW_COLUMNS, SCORE_COLUMNS, type TranscriptRow } from '../record/row.ts'
import { NUMBER_OF_ROW } from './changes.ts'

/** Where a page begins: behind this row. */
export type TranscriptPlace = Pick<TranscriptRow, 'time' | 'id'>

/** What rows are to be like; null asks for nothing. */
export type TranscriptFilter = {
  /** Null: every tenant's. */
  readonly tenants: readonly string[] | null
  readonly policy: string | null
  /** How the digest of the policy begins. */
  readonly digest: string | null
  readonly outcome: TranscriptRow['outcome'] | null
  readonly decision: Decision | null
  /** A section that was injected in full. */
  readonly section: string | null
  readonly app: string | null
  readonly session: string | null
  readonly mode: Mode | null
  readonly model: string | null
  readonly family?: string | null
  /** At least one person's label of this kind. */
  readonly label?: LabelKind | null
  /** What was released was scored so; what nobody scored is not of these. */
  readonly scores?: readonly ScoreBound[]
  /** Milliseconds since the epoch: inclusive. */
  readonly from: number | null
  /** Exclusive. */
  readonly to: number | null
}

/** The lowest score over the verdicts: at least, or at most, so much. */
export type ScoreBound = {
  readonly score: keyof typeof SCORE_COLUMNS
  readonly is: 'at least' | 'at most'
  readonly bound: number
}

export type TranscriptPage = {
  readonly after: TranscriptPlace | null
  readonly limit: number
  /** The newest come first where it is left out. */
  readonly order?: 'newest first' | 'oldest first'
}

type Condition = { readonly sql: string; readonly params: readonly SqlValue[] }

/** The rows of a page. */
export function listStatement(
  dialect: Database['dialect'],
  filter: TranscriptFilter,
  { after, limit, order = 'newest first' }: TranscriptPage,
): Statement {
  const [beyond, way] = order === 'newest first' ? ['<', 'DESC'] : ['>', 'ASC']
  const { sql, params } = all([
    ...conditionsOf(dialect, filter),
    ...where(`(time, id) ${beyond} (?, ?)`, after && [after.time, after.id]),
  ])
  return {
    sql: `SELECT ${ROW_COLUMNS}, ${NUMBER_OF_ROW} FROM transcripts ${sql} ORDER BY time ${way}, id ${way} LIMIT ?`,
    params: [...params, limit],
  }
}

/** A stretch of the order in which things were stored: behind one number, up to another. */
export type NumberRange = { readonly after: number; readonly through: number }

/**
 * The rows of a stretch, in order; with `labelled` those alone that somebody labelled within that. Work is bounded by the stretch,
 * however few rows of it are asked for.
 */
export function stretchStatement(
  dialect: Database['dialect'],
  filter: TranscriptFilter,
  { after, through, labelled }: NumberRange & { readonly labelled: NumberRange | null },
): Statement {
  const { sql, params } = all([
    { sql: 'id = transcript_id', params: [] },
    ...conditionsOf(dialect, filter),
  ])
  const among = labelled && LABELLED_WITHIN
  return {
    // From the numbers to the rows, whatever else an index may promise.
    sql: `SELECT ${ROW_COLUMNS}, number FROM (
        SELECT transcript_id, number FROM changes WHERE kind = 'transcript' AND number > ? AND number <= ? ${among ? `AND ${among}` : ''}
      ) AS stretch CROSS JOIN transcripts ${sql} ORDER BY number`,
    params: [after, through, ...(labelled ? [labelled.after, labelled.through] : []), ...params],
  }
}

/** Of a row of `changes`; takes the ends of a range. */
export const LABELLED_WITHIN =
  "transcript_id IN (SELECT transcript_id FROM changes WHERE kind = 'label' AND number > ? AND number <= ?)"

/** How many rows there are, as `n`. */
export function countStatement(dialect: Database['dialect'], filter: TranscriptFilter): Statement {
  const { sql, params } = all(conditionsOf(dialect, filter))
  return { sql: `SELECT COUNT(*) AS n FROM transcripts ${sql}`, params }
}

function all(conditions: readonly Condition[]): Condition {
  const sql = conditions.map((condition) => condition.sql).join(' AND ')
  return { sql: sql && `WHERE ${sql}`, params: conditions.flatMap(({ params }) => params) }
}

function conditionsOf(
  dialect: Database['dialect'],
  filter: TranscriptFilter,
): readonly Condition[] {
  const { tenants, digest, section } = filter
  // One parameter for however many there are: D1 takes a hundred at most.
  const among =
    dialect === 'postgres'
      ? 'tenant IN (SELECT jsonb_array_elements_text(CAST(? AS jsonb)))'
      : 'tenant IN (SELECT value FROM json_each(?))'
  const find = dialect === 'postgres' ? 'strpos' : 'instr'
  const [only] = tenants ?? []
  const byTenant =
    tenants?.length === 1 && only !== undefined
      ? where('tenant = ?', [only])
      : where(among, tenants && [JSON.stringify(tenants)])
  return [
    ...byTenant,
    ...equal('policy_id', filter.policy),
    ...where(`substr(policy_digest, 1, ${digest?.length}) = ?`, digest === null ? null : [digest]),
    ...equal('outcome', filter.outcome),
    ...equal('decision', filter.decision),
    ...where(`${find}(sections, ?) > 0`, section === null ? null : [` ${section} `]),
    ...equal('app', filter.app),
    ...equal('session', filter.session),
    ...equal('mode', filter.mode),
    ...equal('model', filter.model),
    ...equal('family', filter.family ?? null),
    ...where(
      'id IN (SELECT transcript_id FROM labels WHERE kind = ?)',
      filter.label ? [filter.label] : null,
    ),
    ...(filter.scores ?? []).flatMap(({ score, is, bound }) =>
      where(`${SCORE_COLUMNS[score]} ${is === 'at least' ? '>=' : '<='} ?`, [bound]),
    ),
    ...where('time >= ?', filter.from === null ? null : [filter.from]),
    ...where('time < ?', filter.to === null ? null : [filter.to]),
  ]
}

function equal(column: string, value: string | null): readonly Condition[] {
  return where(`${column} = ?`, value === null ? null : [value])
}

function where(sql: string, params: readonly SqlValue[] | null): readonly Condition[] {
  return params === null ? [] : [{ sql, params }]
}
