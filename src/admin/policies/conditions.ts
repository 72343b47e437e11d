/** Entity tags of policy states, and the conditions of requests upon them (RFC 9110, 13.1). Pure. */
import type { PolicyState } from '../../revisions/registry.ts'
import { AdminProblem } from '../problem.ts'

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

/** As many digits of what is built in tell two programs apart. */
const BUILT_IN_DIGITS = 16

/** Strong: a state is never altered, and what is built in is another one with another program. */
export function etagOf({ version, active, activeDigest }: PolicyState): string {
  return tagOf(active === 0 ? `${version}-${activeDigest.slice(0, BUILT_IN_DIGITS)}` : version)
}

/** True where the client has the state already; a weak tag will do for that. */
export function isKnown(ifNoneMatch: string | null, state: PolicyState): boolean {
  if (ifNoneMatch === null) return false
  if (ifNoneMatch.trim() === '*') return true
  return tagsIn(ifNoneMatch).some((tag) => tag.replace(/^W\//, '') === etagOf(state))
}

/**
 * The version that a change is meant for; null where any will do. A policy that has no state yet is at 0. The version alone
 * will do as well, for whoever cares for no program.
 * @throws AdminProblem `precondition_failed` where the state is another one by now.
 */
export function expectedVersion(ifMatch: string | null, state: PolicyState | null): number | null {
  if (ifMatch === null || ifMatch.trim() === '*') return null
  const version = state?.version ?? 0
  const tags = tagsIn(ifMatch)
  if (tags.includes(tagOf(version)) || (state && tags.includes(etagOf(state)))) return version
  if (state) throw changedSince(state)
  const etag = NO_STATE
  throw new AdminProblem('precondition_failed', `Send If-Match: ${etag}: nothing is active yet`, {
    headers: { etag },
  })
}

/** Somebody else was quicker. */
export function changedSince(state: PolicyState): AdminProblem {
  const { action, changedBy, changed } = state
  const etag = etagOf(state)
  return new AdminProblem(
    'precondition_failed',
    `Look at the policy again, and repeat what you still want: ${changedBy} changed it at ${new Date(changed).toISOString()} (${action})`,
    { members: { current: { ...state, etag } }, headers: { etag } },
  )
}

function tagsIn(header: string): readonly string[] {
  return header.match(TAG) ?? []
}

/** Of a policy that has no state yet. */
export const NO_STATE = tagOf(0)

function tagOf(version: number | string): string {
  return `"${version}"`
}
