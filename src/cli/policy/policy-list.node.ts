/**
 * `chambers policy list`: what serves of every policy. `chambers policy list ID`: the revisions of one, with what became of
 * each, and what was rejected. Reads, and changes nothing.
 */
import type { PolicyState, RejectionRecord } from '../../revisions/registry.ts'
import { printable } from '../../text/printable.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { shortDigest, tableOf, timeOf } from '../shell/table.ts'
import { type ListedRevision, type OpenControl, PAGE } from './control.ts'
import { openControl } from './open-control.node.ts'
import { renderAdmission, renderReach } from './render-state.ts'
import { requireState } from './standing.ts'

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
    if (policy === undefined) listStates(await control.states(), io)
    else await listRevisions(control, policy, io)
    return 0
  },
})

const STATE_HEADINGS = ['policy', 'serves', 'digest', 'staged', 'changed', 'by']

function listStates(states: readonly PolicyState[], io: Io): void {
  if (io.json) {
    for (const state of states) io.stdout(`${JSON.stringify(state)}\n`)
  } else io.stdout(tableOf(STATE_HEADINGS, states.map(stateRow)))
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
type Fate = 'serves' | 'staged' | 'served' | 'admitted' | 'passed over'

async function listRevisions(control: OpenControl, policy: string, io: Io): Promise<void> {
  const revisions = await control.revisions(policy, { before: null, limit: PAGE })
  const rejections = await control.rejections(policy, SHOWN_REJECTIONS)
  const state = await requireState(control, policy)
  const history = await control.history(policy, PAGE)
  const listed = revisions.map((revision) => ({
    ...revision,
    state: fateOf(revision, state, history),
  }))
  if (io.json) {
    for (const one of listed) io.stdout(`${JSON.stringify(one)}\n`)
    for (const one of rejections) io.stdout(`${JSON.stringify({ ...one, state: 'rejected' })}\n`)
    return
  }
  io.stdout(listed.length === 0 ? 'No revisions\n' : tableOf(REVISION_HEADINGS, listed.map(rowOf)))
  if (state.move) {
    io.stdout(`\nPolicy ${printable(state.move.to)} ${renderReach(state.move)}\n`)
  } else if (state.candidate !== null) {
    io.stdout(`\nRevision ${state.candidate} ${renderReach(state)}\n`)
  } else if (state.action === 'halt') {
    const why = state.reason === null ? '' : `: ${printable(state.reason)}`
    io.stdout(`\nHalted at ${timeOf(state.changed)} by ${printable(state.changedBy)}${why}\n`)
  }
  for (const rejection of rejections) printRejection(rejection, io)
}

function fateOf(
  { number }: ListedRevision,
  { active, candidate }: PolicyState,
  history: readonly PolicyState[],
): Fate {
  if (number === active) return 'serves'
  if (number === candidate) return 'staged'
  if (history.some((state) => state.active === number)) return 'served'
  return number > active ? 'admitted' : 'passed over'
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
