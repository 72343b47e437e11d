/**
 * Labels at rest, beside their transcripts. I/O through the SQL port. What people write is content like the transcript's own:
 * it is sealed where that is, and the audit log says who labelled what, and never how.
 */
import type { AuditLog } from '../../audit/audit-log.ts'
import type { Database, Row } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import type { Clock, Random } from '../../lib/clock.ts'
import { isJsonObject, parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Decision } from '../../policy/section.ts'
import type { HumanLabel, LabelKind, StoredLabel } from '../record/label.ts'
import type { Open, OpenFailure } from '../seal/open.ts'
import { labelledStatement } from './changes.ts'
import type { Packing } from './entry.ts'

/** What somebody says of a transcript. */
export type NewLabel = Omit<HumanLabel, 'id' | 'time'>

export interface LabelStore {
  /** Null where there is no such transcript, or none of a tenant that is seen. @throws DatabaseError when it is not taken. */
  add(label: NewLabel, sees: (tenant: string) => boolean): Promise<StoredLabel | null>
  /** The labels of some transcripts, the oldest first; with `through`, those stored up to that number. @throws DatabaseError when the database does not answer. */
  of(transcripts: readonly string[], through?: number): Promise<readonly StoredLabel[]>
}

export type LabelStoreOptions = {
  readonly database: Database
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  readonly packing: Packing
}

const COLUMNS = 'id, transcript_id, time, author, kind, decision, clauses, content'
const STORED_BEHIND = `EXISTS (SELECT 1 FROM changes WHERE changes.transcript_id = labels.transcript_id
  AND changes.label_id = labels.id AND (changes.number > ? OR changes.number IS NULL))`
/** A transcript that is deleted at the same moment must leave no label behind: it is held until the label is there. */
const insertOn = ({ dialect }: Pick<Database, 'dialect'>) => `INSERT INTO labels (${COLUMNS})
  SELECT ?, id, CAST(? AS BIGINT), ?, ?, ?, ?, ? FROM transcripts WHERE id = ?${dialect === 'postgres' ? ' FOR KEY SHARE' : ''}`

export function createLabelStore(options: LabelStoreOptions): LabelStore {
  const { database, audit, clock, random, packing } = options
  const insert = insertOn(database)
  return {
    async add(label, sees) {
      const [row] = await database.all('SELECT tenant, policy_id FROM transcripts WHERE id = ?', [
        label.transcript,
      ])
      if (!row || !sees(String(row.tenant))) return null
      const made = { ...label, id: `lb_${random.hex(16)}`, time: clock.now() }
      const content = await packTexts(made, packing)
      const { id, transcript, time, author, kind, decision } = made
      const clauses = JSON.stringify(made.clauses)
      await audit.commit(
        {
          actor: author,
          action: 'transcript.label',
          policy: String(row.policy_id),
          tenant: String(row.tenant),
          details: { transcript, label: id, kind },
        },
        [
          { sql: insert, params: [id, time, author, kind, decision, clauses, content, transcript] },
          labelledStatement(database, { id, tenant: String(row.tenant) }),
        ],
      )
      return withContent(made, content)
    },
    async of(transcripts, through) {
      const known = through === undefined ? '' : `AND NOT ${STORED_BEHIND}`
      const sql = `SELECT ${COLUMNS} FROM labels WHERE transcript_id IN (${listed(database)}) ${known} ORDER BY time, id`
      const params = [JSON.stringify(transcripts), ...(through === undefined ? [] : [through])]
      return (await database.all(sql, params)).map(readLabel)
    },
  }
}

/** A label with its texts. One that was put in the place of another is as good as damaged. */
export async function openLabel(
  { sealed, ...label }: StoredLabel,
  { open, packing }: { readonly open: Open; readonly packing: Packing },
): Promise<Result<HumanLabel, OpenFailure>> {
  if (sealed === null) return succeed(label)
  const opened = await open(sealed)
  if (!opened.ok) return opened
  try {
    const json = new TextDecoder().decode(await packing.decompress(opened.value))
    const texts = readTexts(json)
    if (texts && texts.id === label.id) return succeed({ ...label, ...texts })
  } catch {
    // Damaged bytes are an answer of their own, below.
  }
  return fail({ reason: 'seal_broken' })
}

type Texts = Pick<HumanLabel, 'id' | 'answer' | 'note'>

/** JSON, or a JWE: the one begins with a brace, the other never. Null where there is no text. */
async function packTexts(label: Texts, packing: Packing): Promise<string | null> {
  const { id, answer, note } = label
  if (answer === null && note === null) return null
  // JSON writes NUL and lone surrogates as escapes, which every database takes.
  const json = JSON.stringify({ id, answer, note })
  if (!packing.seal) return json
  const packed = await packing.compress(new TextEncoder().encode(json))
  return new TextDecoder().decode(await packing.seal(packed))
}

function readTexts(json: string): Texts | null {
  const parsed = parseJson(json)
  if (!parsed.ok || !isJsonObject(parsed.value)) return null
  const { id, answer = null, note = null } = parsed.value
  if (typeof id !== 'string') return null
  return { id, answer: answer as string | null, note: note as string | null }
}

/** Reads a row that this program wrote. */
function readLabel(row: Row): StoredLabel {
  const label = {
    id: String(row.id),
    transcript: String(row.transcript_id),
    time: Number(row.time),
    author: String(row.author),
    kind: String(row.kind) as LabelKind,
    decision: row.decision as Decision | null,
    clauses: JSON.parse(String(row.clauses)) as readonly string[],
  }
  return withContent(label, row.content === null ? null : String(row.content))
}

function withContent(
  label: Omit<HumanLabel, 'answer' | 'note'>,
  content: string | null,
): StoredLabel {
  const { id, transcript, time, author, kind, decision, clauses } = label
  const isClear = content?.startsWith('{')
  const texts = content !== null && isClear ? readTexts(content) : null
  return {
    id,
    transcript,
    time,
    author,
    kind,
    decision,
    clauses,
    answer: texts?.answer ?? null,
    note: texts?.note ?? null,
    sealed: isClear ? null : content,
  }
}
