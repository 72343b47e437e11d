/**
 * `GET /admin/v1/transcripts/names`: which of the names that a filter gives are nowhere, and which were meant. For whoever has found
 * nothing and does not know whether there is nothing. Names of other tenants and policies are never among those that are told.
 */
import * as z from 'zod'
import { nearest } from '../../lib/nearest.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyControl } from '../../revisions/control/control.ts'
import { NAMED_BY, type NamedBy } from '../../transcript/store/names.ts'
import type { TranscriptStore } from '../../transcript/store/store.ts'
import { type Admin, seesTenant } from '../authenticate-admin.ts'
import { nameSchema } from '../common-schemas.ts'
import { listKnown } from '../policies/visible-policies.ts'
import { defineRoute, type Route } from '../route.ts'

export type NamePorts = {
  readonly transcripts: Pick<TranscriptStore, 'names'>
  readonly control: Pick<PolicyControl, 'states' | 'unserved' | 'bundle'>
}

/** So many are told where none is near. */
const TOLD = 20

const name = nameSchema.optional()

export const unknownNamesSchema = z.object({
  unknown: z.array(
    z.object({
      parameter: z.enum(NAMED_BY),
      name: z.string(),
      near: z.string().nullable().describe('The one that was meant, where one alone is near'),
      known: z.array(z.string()).describe(`Those there are, ${TOLD} at most`),
    }),
  ),
})

export function createNameRoutes(ports: NamePorts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/v1/transcripts/names',
      operation: 'findUnknownNames',
      scope: 'transcript:read',
      summary: 'Which of these names are those of nothing: of no transcript, policy or section',
      query: z.strictObject({
        policy: name,
        section: name,
        tenant: name,
        app: name,
        model: name,
        family: name,
      }),
      answers: { 200: 'Those that are nowhere' },
      gives: unknownNamesSchema,
      async handle({ admin, query }) {
        const unknown = []
        for (const parameter of NAMED_BY) {
          const asked = query[parameter]
          if (asked === undefined) continue
          const known = await namesOf(ports, { admin, parameter, policy: query.policy ?? null })
          if (known === null || known.includes(asked)) continue
          unknown.push({
            parameter,
            name: asked,
            near: nearest(asked, known),
            known: known.slice(0, TOLD),
          })
        }
        return { status: 200, body: { unknown } }
      },
    }),
  ]
}

type Asked = {
  readonly admin: Admin
  readonly parameter: NamedBy
  /** Whose sections; null for those of all. */
  readonly policy: string | null
}

/** Sorted; null where they are too many to tell. */
async function namesOf(
  { transcripts, control }: NamePorts,
  { admin, parameter, policy }: Asked,
): Promise<readonly string[] | null> {
  const tenants = admin.tenants.includes('*') ? null : admin.tenants
  const used = await transcripts.names(parameter, tenants)
  if (used === null) return null
  const seen = used.filter((one) => parameter !== 'tenant' || seesTenant(admin, one))
  const known =
    parameter === 'policy' || parameter === 'section' ? await listKnown(control, admin) : []
  if (parameter === 'policy') seen.push(...known.map((one) => one.policy))
  if (parameter === 'section') {
    for (const one of known.filter(({ policy: id }) => policy === null || id === policy)) {
      const active = 'active' in one ? one.active : null
      const bundle: Bundle | null =
        active === null ? null : await control.bundle(one.policy, active)
      seen.push(...(bundle?.sections ?? []).map(({ id }) => id))
    }
  }
  return [...new Set(seen)].sort()
}
