/**
 * `chambers policy list`: what serves of every policy. `chambers policy list ID`: the revisions of one, with what became of
 * each, and what was rejected. Reads, and changes nothing.
 */
import type { UnservedState } from '../../revisions/control/control.ts'
import { tellWaiting } from '../../revisions/control/count-signatures.ts'
import type { PolicyState, RejectionRecord } from '../../revisions/registry.ts'
import { printable } from '../../text/printable.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { shortDigest, tableOf, timeOf } from '../shell/table.ts'
import { type KnownPolicy, type ListedRevision, type OpenControl, PAGE } from './control.ts'
import { openControl } from './open-control.node.ts'
import {
  renderAdmission,
  renderNumber,
  renderReach,
  renderStopped,
  signatureCount,
} from './render-state.ts'
import { requireKnown } from './standing.ts'

const SHOWN_REJECTIONS = 10
const SHOWN_PROBLEMS = 3

export const policyList = declareCommand({
  positionals: {
    policy: { takes: 'ID', says: 'The policy whose revisions to list', optional: true },
  },
  wanted: 'Name one policy, or none: chambers policy list [ID]',
  options: CONNECTION,
  async run({ values, positionals: { policy } }, io) {
    await using control = await openControl({ ...values, environment: io.environment })
    if (policy === undefined) listKnown(await control.known(), io)
    else await listRevisions(control, policy, io)
    return 0
  },
})

const STATE_HEADINGS = ['policy', 'serves', 'digest', 'staged', 'changed', 'by']

function listKnown(known: readonly KnownPolicy[], io: Io): void {
  if (io.json) {
    for (const one of known) io.stdout(`${JSON.stringify(one)}\n`)
    return
  }
  io.stdout(
    tableOf(
      STATE_HEADINGS,
      known.map((one) => (one.active === null ? unservedRow(one) : stateRow(one))),
    ),
  )
  for (const one of known) {
    if (one.active !== null && one.stopped !== null) io.stdout(`\nStopped: ${renderStopped(one)}\n`)
  }
}

function unservedRow({ policy, newest, changed, changedBy }: UnservedState): readonly string[] {
  const { number, state, waiting } = newest
  const told = waiting ? `waits for ${signatureCount(waiting.missing)}` : state
  return [policy, 'nobody yet', '-', `${number ?? '?'} ${told}`, timeOf(changed), changedBy]
}

function stateRow(state: PolicyState): readonly string[] {
  const { policy, active, activeDigest, changed, changedBy } = state
  const isNew = state.version === 0
  return [
    policy,
    active === 0 ? 'built-in' : String(active),
    shortDigest(activeDigest),
    stagedIn(state),
    isNew ? '-' : timeOf(changed),
    isNew ? '-' : changedBy,
  ]
}

function stagedIn(state: PolicyState): string {
  const { candidate, move } = state
  if (move) return `to ${move.to} ${shortReach(move)}`
  return candidate === null ? '-' : `${candidate} ${shortReach(state)}`
}

function shortReach({
  percent,
  shadow,
  callers,
}: Pick<PolicyState, 'percent' | 'shadow' | 'callers'>): string {
  const reach = [...(percent > 0 ? [`${percent} %`] : []), ...(shadow ? ['shadow'] : [])]
  return [...reach, ...(callers ? ['of some'] : [])].join(' ')
}

/** What became of a revision; whatever is not committed and below what is can never serve. */
type Fate = 'serves' | 'staged' | 'served' | 'admitted' | 'waits' | 'passed over'

async function listRevisions(control: OpenControl, policy: string, io: Io): Promise<void> {
  const revisions = await control.revisions(policy, { before: null, limit: PAGE })
  const rejections = await control.rejections(policy, SHOWN_REJECTIONS)
  const known = await requireKnown(control, policy)
  const state = known.active === null ? null : known
  const history = state ? await control.history(policy, PAGE) : []
  const listed = revisions.map((revision) => ({
    ...revision,
    state: fateOf(revision, state, history),
  }))
  if (io.json) {
    for (const one of listed) io.stdout(`${JSON.stringify(one)}\n`)
    for (const one of rejections) io.stdout(`${JSON.stringify({ ...one, state: 'rejected' })}\n`)
    return
  }
  if (!state) io.stdout(`${policy} serves nobody yet\n`)
  io.stdout(listed.length === 0 ? 'No revisions\n' : tableOf(REVISION_HEADINGS, listed.map(rowOf)))
  for (const { number, waiting } of listed) {
    if (waiting) io.stdout(`\nRevision ${number} waits: ${printable(tellWaiting(waiting))}\n`)
  }
  for (const one of listed) io.stdout(renderTimes(one, Date.now()))
  if (state) printState(state, listed, io)
  for (const rejection of rejections) printRejection(rejection, io)
}

/** What does not serve yet may do so only within its time; what serves goes on. */
function renderTimes(
  { number, payload, state }: ListedRevision & { readonly state: Fate },
  now: number,
): string {
  if (state !== 'admitted' && state !== 'waits' && state !== 'staged') return ''
  const { notBefore, expires } = payload
  const ends = expires === undefined ? null : Date.parse(expires)
  if (ends !== null && ends <= now) {
    return `\nRevision ${number} could be activated until ${timeOf(ends)}: sign it again under a new number\n`
  }
  const begins = Date.parse(notBefore)
  const from = begins > now ? ` from ${timeOf(begins)}` : ''
  const until = ends === null ? '' : ` until ${timeOf(ends)}`
  return from + until === '' ? '' : `\nRevision ${number} may be activated${from}${until}\n`
}

function printState(state: PolicyState, listed: readonly ListedRevision[], io: Io): void {
  const { candidate, action, reason, changed, changedBy, active, stopped, move } = state
  if (move) io.stdout(`\nPolicy ${printable(move.to)} ${renderReach(move)}\n`)
  else if (candidate !== null) io.stdout(`\nRevision ${candidate} ${renderReach(state)}\n`)
  else if (action === 'halt') {
    const why = reason === null ? '' : `: ${printable(reason)}`
    io.stdout(`\nHalted at ${timeOf(changed)} by ${printable(changedBy)}${why}\n`)
  }
  const stop = stopped === null ? undefined : listed.find(({ number }) => number === active)
  if (!stop) return
  const { pushed, pushedBy, payload } = stop
  io.stdout(
    `\nStopped ${renderNumber(stopped ?? 0)} at ${timeOf(pushed)} by ${printable(pushedBy)}: ${printable(payload.note)}\n`,
  )
}

function fateOf(
  { number, waiting }: ListedRevision,
  state: PolicyState | null,
  history: readonly PolicyState[],
): Fate {
  const { active = 0, candidate = null } = state ?? {}
  if (number === active) return 'serves'
  if (number === candidate) return 'staged'
  if (history.some((state) => state.active === number)) return 'served'
  if (number <= active) return 'passed over'
  return waiting ? 'waits' : 'admitted'
}

const REVISION_HEADINGS = ['no', 'state', 'digest', 'signed by', 'pushed', 'note']

function rowOf({
  number,
  state,
  digest,
  signers,
  pushed,
  payload,
}: ListedRevision & { readonly state: Fate }): readonly string[] {
  const day = timeOf(pushed).slice(0, 16)
  return [String(number), state, shortDigest(digest), signers.join(','), day, payload.note]
}

function printRejection({ id, number, problems, pushed, pushedBy }: RejectionRecord, io: Io): void {
  const what = number === null ? 'a revision' : `revision ${number}`
  io.stdout(`\nRejected ${what} of ${printable(pushedBy)} at ${timeOf(pushed)} (${id})\n`)
  for (const problem of problems.slice(0, SHOWN_PROBLEMS)) {
    io.stdout(`  ${renderAdmission(problem, 'error')}\n`)
  }
  const more = problems.length - SHOWN_PROBLEMS
  if (more > 0) io.stdout(`  and ${more} more; --json tells them all\n`)
}
