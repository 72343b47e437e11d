/** Filters of a query as the index of transcripts takes them. Pure. */
import type * as z from 'zod'
import type { ScoreBound, TranscriptFilter } from '../transcript/store/list.ts'
import { type Admin, seesTenant } from './authenticate-admin.ts'
import type { transcriptQuerySchema } from './transcript-schemas.ts'

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
  return { tenants, ...named, label, from: toTime(from), to: toTime(to) }
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

function toTime(moment: string | undefined): number | null {
  return moment === undefined ? null : Date.parse(moment)
}
