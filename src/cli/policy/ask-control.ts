/**
 * Policies through the admin surface, wherever it is served. I/O through the client. What comes back is read by the schemas that
 * the surface answers by.
 */
import * as z from 'zod'
import { admissionProblemSchema } from '../../admin/policies/check-policy.ts'
import { historySchema, policiesSchema, policyStateSchema } from '../../admin/policies/policies.ts'
import { revisionSchema, revisionsSchema } from '../../admin/policies/revisions.ts'
import { statusSchema } from '../../admin/policies/status.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { readBundle } from '../../policy/bundle.ts'
import type { Bundle } from '../../policy/section.ts'
import type { ControlFailure, RevisionSubmission } from '../../revisions/control/control.ts'
import type { CallerScope, PolicyState } from '../../revisions/registry.ts'
import type { AdminClient, AskedOfAdmin, ToldProblem } from '../shell/admin-client.ts'
import { readAnswer } from '../shell/read-answer.ts'
import type { Control } from './control.ts'

const rejectedSchema = z.object({
  problems: z.array(admissionProblemSchema),
  rejection: z.string().nullable().default(null),
})

const EXPECTED = ['not_found', 'conflict', 'precondition_failed', 'revision_rejected']

/** `builtIn`: the bundles of this program, for which there is no route. */
export function askControl(
  client: AdminClient,
  builtIn: () => Promise<readonly Bundle[]>,
): Control {
  const read = createReads(client)
  return {
    ...read,
    ...createChanges(client),
    async bundle(policy, number) {
      if (number > 0) return read.pushedBundle(policy, number)
      const state = (await read.states()).find((one) => one.policy === policy)
      const given = (await builtIn()).find(({ id }) => id === policy)
      // Another version of the program has another bundle built in.
      const isOther = state?.active === 0 && state.activeDigest !== given?.digest
      return isOther ? null : (given ?? null)
    },
  }
}

type Looks =
  | 'states'
  | 'known'
  | 'submission'
  | 'revision'
  | 'revisions'
  | 'rejections'
  | 'history'
  | 'status'

function createReads(client: AdminClient): Pick<Control, Looks> & {
  pushedBundle(policy: string, number: number): Promise<Bundle | null>
} {
  const get = async <Schema extends z.ZodType>(
    schema: Schema,
    path: string,
  ): Promise<z.output<Schema> | null> => {
    const answered = await client.ask({ path }, ['not_found'])
    return answered.ok ? readAnswer(schema, answered.value) : null
  }
  const listed = async () => (await get(policiesSchema, '/policies'))?.policies ?? []
  const list = async (policy: string, query: string) =>
    (await get(revisionsSchema, `${pathOf(policy)}/revisions?${query}`))?.revisions ?? []

  return {
    async states() {
      const policies = await listed()
      return policies.flatMap((one) => (one.active === null ? [] : [one]))
    },
    known: listed,
    async submission(policy, number) {
      const path = `${pathOf(policy)}/revisions/${number}?include=bundle,tests`
      const found = await get(revisionSchema, path)
      if (!found) return null
      const { jws, bundle = null, tests = null } = found
      return { jws, bundle, tests, files: null } as RevisionSubmission
    },
    revision: (policy, number) => get(revisionSchema, `${pathOf(policy)}/revisions/${number}`),
    async revisions(policy, { before, limit }) {
      const cursor = before === null ? '' : `&cursor=${before}`
      const listed = await list(policy, `state=admitted&limit=${limit}${cursor}`)
      return listed.filter((one) => one.state === 'admitted')
    },
    async rejections(policy, limit) {
      const listed = await list(policy, `state=rejected&limit=${limit}`)
      return listed.filter((one) => one.state === 'rejected')
    },
    async history(policy, limit) {
      return (await get(historySchema, `${pathOf(policy)}/history?limit=${limit}`))?.states ?? []
    },
    async status() {
      return readAnswer(statusSchema, (await client.ask({ path: '/status' })).value)
    },
    async pushedBundle(policy, number) {
      const path = `${pathOf(policy)}/revisions/${number}?include=bundle`
      const found = await get(revisionSchema, path)
      if (!found?.bundle) return null
      const known = { digest: found.digest, revision: number }
      const bundle = await readBundle(found.bundle as JsonValue, known)
      return bundle.ok ? bundle.value : null
    },
  }
}

function createChanges(
  client: AdminClient,
): Pick<Control, 'push' | 'activate' | 'move' | 'halt' | 'rollback' | 'stop'> {
  const change = async <Schema extends z.ZodType>(
    schema: Schema,
    asked: Omit<AskedOfAdmin, 'method'>,
  ): Promise<Result<z.output<Schema>, ControlFailure>> => {
    const answered = await client.ask({ method: 'POST', ...asked }, EXPECTED)
    if (!answered.ok) return fail(toFailure(answered.problem))
    return succeed(readAnswer(schema, answered.value))
  }
  const changeState = (
    asked: Omit<AskedOfAdmin, 'method'>,
  ): Promise<Result<PolicyState, ControlFailure>> => change(policyStateSchema, asked)

  return {
    push(policy, { jws, bundle, tests, files }) {
      const body = {
        jws,
        ...(files !== null && { files }),
        ...(bundle !== null && { bundle }),
        ...(tests !== null && { tests }),
      }
      return change(revisionSchema, { path: `${pathOf(policy)}/revisions`, body })
    },
    activate({ policy, revision, percent, shadow, callers = null, expected }) {
      const body = {
        revision,
        ...(percent !== null && { percent }),
        ...(shadow !== null && { shadow }),
        ...fieldsOf(callers),
      }
      return changeState({ path: `${pathOf(policy)}/activate`, body, ifMatch: expected })
    },
    move({ policy, to, percent, shadow, callers, expected }) {
      const body = { to, ...(percent !== null && { percent }), shadow, ...fieldsOf(callers) }
      return changeState({ path: `${pathOf(policy)}/move`, body, ifMatch: expected })
    },
    halt: ({ policy, expected }) =>
      changeState({ path: `${pathOf(policy)}/halt`, ifMatch: expected }),
    rollback: ({ policy, jws, expected }) =>
      changeState({ path: `${pathOf(policy)}/rollback`, body: { jws }, ifMatch: expected }),
    stop: ({ policy, jws, expected }) =>
      changeState({ path: `${pathOf(policy)}/stop`, body: { jws }, ifMatch: expected }),
  }
}

function fieldsOf(callers: CallerScope | null): JsonObject {
  const { tenants = null, apps = null } = callers ?? {}
  return { ...(tenants && { tenants }), ...(apps && { apps }) }
}

/** Whatever people call a policy, no part of it is read as another path. */
function pathOf(policy: string): string {
  return `/policies/${encodeURIComponent(policy)}`
}

function toFailure(problem: ToldProblem): ControlFailure {
  const { code, detail: message } = problem
  if (code === 'precondition_failed' && 'current' in problem) {
    const current = readAnswer(policyStateSchema, problem.current as JsonValue)
    return { reason: 'stale', current }
  }
  if (code === 'revision_rejected') {
    const { problems, rejection } = readAnswer(rejectedSchema, problem as JsonValue)
    return { reason: 'rejected', id: rejection, problems }
  }
  return { reason: code === 'not_found' ? 'not_found' : 'conflict', message }
}
