/** By what transcripts are asked for: the filters of a query, and as the index takes them. Schemas, pure. */
import * as z from 'zod'
import { type Edge, readMoment } from '../../lib/moments.ts'
import { MODES } from '../../policy/section.ts'
import { LABEL_KINDS } from '../../transcript/record/label.ts'
import { SCORE_COLUMNS } from '../../transcript/record/row.ts'
import type { ScoreBound, TranscriptFilter } from '../../transcript/store/list.ts'
import { type Admin, seesTenant } from '../authenticate-admin.ts'
import {
  digestPrefixSchema,
  form,
  limitParameter,
  momentParameter,
  nameSchema,
  policyIdSchema,
  transcriptCursorSchema,
} from '../common-schemas.ts'
import { AdminProblem } from '../problem.ts'

export const modeSchema = z.enum(MODES)
export const outcomeSchema = z.enum(['released', 'redrafted', 'substituted', 'passed', 'failed'])
export const decisionSchema = z.enum(['comply', 'safe_complete', 'refuse'])
const ONE_SCORE = String.raw`(?:${Object.keys(SCORE_COLUMNS).join('|')}):\d{1,2}(?:\.\d+)?`
const scores = z
  .string()
  .regex(
    new RegExp(`^${ONE_SCORE}(?:,${ONE_SCORE})*$`),
    'Send scores by their names, as style:8,helpfulness:7',
  )
  .optional()

const filters = {
  policy: policyIdSchema.optional(),
  digest: digestPrefixSchema.optional().describe('Of the policy, or how it begins'),
  outcome: outcomeSchema.optional(),
  decision: decisionSchema.optional(),
  section: z
    .string()
    .regex(/^\w{1,64}$/, form('an id of a section'))
    .optional()
    .describe('A section that was injected in full'),
  app: nameSchema.optional(),
  session: nameSchema.optional(),
  tenant: nameSchema.optional(),
  mode: modeSchema.optional(),
  model: nameSchema.optional(),
  family: nameSchema.optional().describe('Of models'),
  label: z.enum(LABEL_KINDS).optional().describe('At least one label of this kind'),
  minScores: scores.describe('`style:8,helpfulness:7`: the lowest over all verdicts, at least'),
  maxScores: scores.describe('The same, at most'),
  from: momentParameter('from').optional().describe('From this day (UTC) or moment on'),
  to: momentParameter('to')
    .optional()
    .describe('Until the end of this day (UTC), or before this moment'),
}

export const transcriptFilterSchema = z.strictObject(filters)

export const transcriptQuerySchema = z.strictObject({
  ...filters,
  cursor: transcriptCursorSchema,
  limit: limitParameter,
})

export type FilterQuery = Omit<
  z.output<typeof transcriptQuerySchema>,
  'cursor' | 'limit' | 'tenant' | 'minScores' | 'maxScores'
>

/** What of the index is asked for; `tenants`: null for all. */
export function readFilter(
  query: FilterQuery,
  tenants: readonly string[] | null,
): TranscriptFilter {
  const { policy = null, digest = null, outcome = null, decision = null, section = null } = query
  const { app = null, session = null, mode = null, model = null, family = null } = query
  const { label = null, from, to } = query
  const named = { policy, digest, outcome, decision, section, app, session, mode, model, family }
  return { tenants, ...named, label, from: toTime(from, 'from'), to: toTime(to, 'to') }
}

/** @throws AdminProblem `invalid_request` where the end comes before the beginning. */
export function refuseEmptyRange({ from, to }: Pick<TranscriptFilter, 'from' | 'to'>): void {
  if (from === null || to === null || from < to) return
  const message = 'Send a time after `from`'
  const problems = [{ code: 'field_invalid', message, parameter: 'to' }] as const
  throw new AdminProblem('invalid_request', 'The range ends before it begins', {
    members: { problems },
  })
}

/** `style:8,helpfulness:7`, of a pattern that the query was held to. */
export function readScores(text: string | undefined, is: ScoreBound['is']): readonly ScoreBound[] {
  return (text?.split(',') ?? []).map((one) => {
    const [score, bound] = one.split(':')
    return { score: score as ScoreBound['score'], is, bound: Number(bound) }
  })
}

/** Of the tenants asked for those that an admin sees: one that the token does not name has no transcripts. */
export function visibleTenants(
  admin: Admin,
  asked: string | readonly string[] | undefined,
): readonly string[] | null {
  if (asked === undefined) return admin.tenants.includes('*') ? null : admin.tenants
  return [asked].flat().filter((tenant) => seesTenant(admin, tenant))
}

function toTime(text: string | undefined, edge: Edge): number | null {
  return text === undefined ? null : readMoment(text, edge)
}
