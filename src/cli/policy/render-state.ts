/** States, failures and problems of policies in words, for people. Pure; what others wrote is made safe for terminals. */

import type { ControlFailure, UnservedState } from '../../revisions/control/control.ts'
import type { AdmissionProblem, CallerScope, PolicyState } from '../../revisions/registry.ts'
import { printable } from '../../text/printable.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { shortDigest, timeOf } from '../shell/table.ts'

/** As `revision 3 (3f9ac1d20b77)`. */
export function renderRevision(number: number, digest: string): string {
  return `${renderNumber(number)} (${shortDigest(digest)})`
}

export function renderNumber(number: number): string {
  return number === 0 ? 'the built-in policy' : `revision ${number}`
}

/** Who serves, in one line or two. */
export function renderState(state: PolicyState): string {
  const { policy, active, activeDigest, candidate, candidateDigest, move } = state
  const staged =
    candidate === null
      ? move && { ...move, name: `policy ${move.to}` }
      : { ...state, name: renderRevision(candidate, candidateDigest ?? '') }
  const served = `${policy}: ${renderRevision(active, activeDigest)} serves ${restOf(staged)}`
  if (!staged) return `${served}\n`
  return `${served}\n${' '.repeat(policy.length + 2)}${printable(staged.name)} ${renderReach(staged)}\n`
}

/** Of a policy that serves nobody: what was pushed last, and what it waits for. */
export function renderUnserved({ newest, changed, changedBy }: UnservedState): string {
  const { number, state, waiting } = newest
  const what = number === null ? 'a revision' : `revision ${number}`
  const told = waiting ? `waits for ${signatureCount(waiting.missing)}` : state
  return `serves nobody yet; ${what} ${told}, pushed ${timeOf(changed)} by ${printable(changedBy)}`
}

/** As `2 signatures`. */
export function signatureCount(signatures: number): string {
  return `${signatures} signature${signatures === 1 ? '' : 's'}`
}

/** What one person's stop waits for. */
export function renderStopped({ policy, active, stopped }: PolicyState): string {
  return `${renderNumber(stopped ?? 0)} of ${policy}, by one person; revision ${active} waits for more signatures (policy list ${policy})`
}

type Reach = Pick<PolicyState, 'percent' | 'shadow' | 'callers'>

/** Whom a share leaves to what serves. */
function restOf(staged: Reach | null): string {
  if (!staged || staged.percent === 0) return 'everyone'
  const { percent, callers } = staged
  const left = percent === 100 ? null : `${100 - percent} % of ${renderCallers(callers)}`
  if (!callers) return left ?? 'only those who name its digest'
  return left === null ? 'everyone else' : `${left}, and everyone else`
}

/** What a staged revision, or another policy, does: `serves 5 % of callers, runs in shadow beside the rest`. */
export function renderReach({ percent, shadow, callers }: Reach): string {
  const serves = percent > 0 ? `serves ${percent} % of ${renderCallers(callers)}` : ''
  const rest = percent > 0 ? ' beside the rest' : ', without effect'
  const whose = percent > 0 || callers === null ? '' : `, for ${renderCallers(callers)}`
  const beside = shadow ? `runs in shadow${rest}${whose}` : ''
  return [serves, beside].filter((text) => text !== '').join(', ') || 'is staged, and serves nobody'
}

/** As `callers of app chat, of tenant acme or beta`. */
function renderCallers(callers: CallerScope | null): string {
  const { tenants = null, apps = null } = callers ?? {}
  const named = [...namesOf('app', apps), ...namesOf('tenant', tenants)]
  return ['callers', ...named].join(named.length > 1 ? ', ' : ' ').replace('callers, ', 'callers ')
}

function namesOf(kind: 'app' | 'tenant', names: readonly string[] | null): readonly string[] {
  if (names === null) return []
  return [
    names.length === 0 ? `of other ${kind}s` : `of ${kind} ${names.map(printable).join(' or ')}`,
  ]
}

/** As editors and terminals link it: `sections/SHM.md:12: error: …`. */
export function renderAdmission(
  { file, line, pointer, message, code }: AdmissionProblem,
  severity: 'error' | 'warning',
): string {
  const place = file === undefined ? pointer : line === undefined ? file : `${file}:${line}`
  const where = place === undefined ? '' : `${place}: `
  return `${printable(where)}${severity}: ${printable(message)} [${code}]`
}

/** Tells why nothing was done, and what to do; gives the exit code. */
export function printFailure(failure: ControlFailure, io: Io): number {
  if (io.json) {
    io.stdout(`${JSON.stringify({ ok: false, ...failure })}\n`)
    return 1
  }
  const marks = marksFor(io, 'stderr')
  if (failure.reason === 'rejected') {
    for (const problem of failure.problems) {
      io.stderr(`${renderAdmission(problem, 'error')}\n`)
    }
    const kept = failure.id === null ? '' : `, and kept as ${failure.id}`
    io.stderr(`${marks.bad('Rejected')}${kept}: nothing that serves was changed\n`)
  } else if (failure.reason === 'stale') {
    const { policy, action, changed, changedBy, reason } = failure.current
    const why = reason === null ? '' : `: ${printable(reason)}`
    io.stderr(
      `${marks.bad('Nothing was done')}: ${printable(changedBy)} changed ${policy} at ${timeOf(changed)} (${action})${why}\n`,
    )
    io.stderr(`Now:\n${renderState(failure.current)}`)
    io.stderr('Repeat the command if you still want it\n')
  } else io.stderr(`${marks.bad('Nothing was done')}: ${printable(failure.message)}\n`)
  return 1
}
