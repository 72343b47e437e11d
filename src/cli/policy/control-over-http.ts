/**
 * Policies through the admin surface of a gateway. I/O over HTTP. What comes back is read by the schemas that the gateway
 * answers by; only entries of the audit log are taken as they are, since whether they are whole is what is asked of them.
 */
import * as z from 'zod'
import { admissionProblemSchema } from '../../admin/policies/check-policy.ts'
import { historySchema, policiesSchema, policyStateSchema } from '../../admin/policies/policies.ts'
import { revisionSchema, revisionsSchema } from '../../admin/policies/revisions.ts'
import { statusSchema } from '../../admin/policies/status.ts'
import type { AuditEntry } from '../../audit/audit-log.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { readBundle } from '../../policy/bundle.ts'
import type { Bundle } from '../../policy/section.ts'
import type { ControlFailure } from '../../revisions/control/control.ts'
import type { PolicyState } from '../../revisions/registry.ts'
import type { AdminClient, Asked, Problem } from '../shell/admin-client.ts'
import { type OpenControl, PAGE } from './control.ts'

const auditPageSchema = z.object({
  entries: z.array(z.looseObject({ seq: z.number() })),
  next: z.int().nullable(),
})

const rejectedSchema = z.object({
  problems: z.array(admissionProblemSchema),
  rejection: z.string().nullable().default(null),
})

const EXPECTED = ['not_found', 'conflict', 'precondition_failed', 'revision_rejected']

/** `builtIn`: the bundles of this program, for which a gateway has no route. */
export function createControlOverHttp(
  client: AdminClient,
  builtIn: () => Promise<readonly Bundle[]>,
): OpenControl {
  const get = async <Schema extends z.ZodType>(
    schema: Schema,
    path: string,
  ): Promise<z.output<Schema> | null> => {
    const answered = await client.ask({ path }, ['not_found'])
    return answered.ok ? read(schema, answered.value) : null
  }

  const change = async (asked: Asked): Promise<Result<PolicyState, ControlFailure>> => {
    const answered = await client.ask({ method: 'POST', ...asked }, EXPECTED)
    if (!answered.ok) return fail(toFailure(answered.problem))
    return succeed(read(policyStateSchema, answered.value))
  }

  const list = async (policy: string, state: 'admitted' | 'rejected', query: string) => {
    const path = `/policies/${policy}/revisions?state=${state}${query}`
    return (await get(revisionsSchema, path))?.revisions ?? []
  }

  const states = async () => (await get(policiesSchema, '/policies'))?.policies ?? []

  const builtInBundle = async (policy: string) => {
    const state = (await states()).find((one) => one.policy === policy)
    const given = (await builtIn()).find(({ id }) => id === policy)
    // Another version of the program has another bundle built in.
    const isOther = state?.active === 0 && state.activeDigest !== given?.digest
    return isOther ? null : (given ?? null)
  }

  return {
    states,
    async bundle(policy, number) {
      if (number === 0) return builtInBundle(policy)
      const found = await get(
        revisionSchema,
        `/policies/${policy}/revisions/${number}?include=bundle`,
      )
      if (!found?.bundle) return null
      const known = { digest: found.digest, revision: number }
      const bundle = await readBundle(found.bundle as JsonValue, known)
      return bundle.ok ? bundle.value : null
    },
    revision: (policy, number) => get(revisionSchema, `/policies/${policy}/revisions/${number}`),
    async push(policy, { jws, bundle, tests, files }) {
      const body = {
        jws,
        ...(files !== null && { files }),
        ...(bundle !== null && { bundle }),
        ...(tests !== null && { tests }),
      }
      const asked = { method: 'POST', path: `/policies/${policy}/revisions`, body } as const
      const answered = await client.ask(asked, EXPECTED)
      if (!answered.ok) return fail(toFailure(answered.problem))
      return succeed(read(revisionSchema, answered.value))
    },
    activate({ policy, revision, percent, shadow, expected }) {
      const body = {
        revision,
        ...(percent !== null && { percent }),
        ...(shadow !== null && { shadow }),
      }
      return change({ path: `/policies/${policy}/activate`, body, ifMatch: expected })
    },
    halt: ({ policy, expected }) => change({ path: `/policies/${policy}/halt`, ifMatch: expected }),
    rollback: ({ policy, jws, expected }) =>
      change({ path: `/policies/${policy}/rollback`, body: { jws }, ifMatch: expected }),
    async history(policy, limit) {
      const path = `/policies/${policy}/history?limit=${limit}`
      return (await get(historySchema, path))?.states ?? []
    },
    async revisions(policy, { before, limit }) {
      const query = `&limit=${limit}${before === null ? '' : `&cursor=${before}`}`
      const listed = await list(policy, 'admitted', query)
      return listed.filter((one) => one.state === 'admitted')
    },
    async rejections(policy, limit) {
      const listed = await list(policy, 'rejected', `&limit=${limit}`)
      return listed.filter((one) => one.state === 'rejected')
    },
    async status() {
      return read(statusSchema, (await client.ask({ path: '/status' })).value)
    },
    async *audit() {
      for (let after: number | null = 0; after !== null; ) {
        const { value } = await client.ask({ path: `/audit?after=${after}&limit=${PAGE}` })
        const page: z.output<typeof auditPageSchema> = read(auditPageSchema, value)
        yield* page.entries as unknown as readonly AuditEntry[]
        if (page.next !== null && page.next <= after) {
          throw new Error('Read the audit log in the database: the gateway gives a page twice')
        }
        after = page.next
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function read<Schema extends z.ZodType>(schema: Schema, json: JsonValue): z.output<Schema> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new Error(
    `Use the command line of the gateway's own version: it answered otherwise (${where})`,
  )
}

function toFailure(problem: Problem): ControlFailure {
  const { code, detail: message } = problem
  if (code === 'precondition_failed' && 'current' in problem) {
    return { reason: 'stale', current: read(policyStateSchema, problem.current as JsonValue) }
  }
  if (code === 'revision_rejected') {
    const { problems, rejection } = read(rejectedSchema, problem as JsonValue)
    return { reason: 'rejected', id: rejection, problems }
  }
  return { reason: code === 'not_found' ? 'not_found' : 'conflict', message }
}
