/** How policies are doing, as text for people, at most 80 columns where names allow it. Pure. */

import type {
  ArmStatus,
  InstanceStatus,
  PolicyReport,
  RolloutStatus,
  StatusReport,
} from '../../revisions/watching/status-report.ts'
import { printable } from '../../text/printable.ts'
import type { TerminalMarks } from '../shell/marks.ts'
import { shortDigest, spanOf, tableOf, timeOf } from '../shell/table.ts'
import { renderReach, renderRevision, renderStopped, renderUnserved } from './render-state.ts'

export function renderStatus(report: StatusReport, marks: TerminalMarks): string {
  const notice = report.complete
    ? []
    : [
        `${marks.bad('Not complete')}: the database is out of reach, and only one instance is told\n`,
      ]
  return [
    ...notice,
    ...report.policies.map((policy) => renderPolicy(policy, marks)),
    renderInstances(report.instances, marks),
  ].join('\n')
}

function renderPolicy(
  { id, state, requests, sections, rollout }: PolicyReport,
  marks: TerminalMarks,
): string {
  if (state.active === null) return `${marks.heading(id)}  ${renderUnserved(state)}\n`
  const { active, activeDigest, candidate, candidateDigest, move, version, changed, changedBy } =
    state
  const since =
    version === 0
      ? []
      : [`  changed   ${timeOf(changed)} by ${printable(changedBy)} (${state.action})`]
  const reason = state.reason === null ? [] : [`  because   ${marks.bad(printable(state.reason))}`]
  const fired = sections.filter((one) => one.fired > 0).toSorted((a, b) => b.fired - a.fired)
  const silent = sections.filter((one) => one.fired === 0)
  const lines = [
    `${marks.heading(id)}  ${renderRevision(active, activeDigest)}`,
    ...since,
    ...reason,
    ...(state.stopped === null ? [] : [`  stopped   ${marks.warning(renderStopped(state))}`]),
    `  requests  ${count(requests)}`,
    ...(requests > 0
      ? [
          ...wrapped(
            'sections',
            fired.map(({ section, fired: times }) => `${section} ${count(times)}`),
          ),
          ...wrapped(
            'silent',
            silent.map(({ section }) => section),
          ),
        ]
      : []),
    ...(candidate === null
      ? []
      : [`  staged    ${renderRevision(candidate, candidateDigest ?? '')} ${renderReach(state)}`]),
    ...(move ? [`  moved     policy ${printable(move.to)} ${renderReach(move)}`] : []),
    ...(rollout ? renderRollout(rollout, marks) : []),
  ]
  return `${lines.join('\n')}\n`
}

const WIDTH = 78
const INDENT = ' '.repeat(12)

function wrapped(name: string, words: readonly string[]): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    const longer = line === '' ? word : `${line}, ${word}`
    if (INDENT.length + longer.length < WIDTH) line = longer
    else {
      lines.push(`${line},`)
      line = word
    }
  }
  if (line !== '') lines.push(line)
  return lines.map(
    (text, index) => `${index === 0 ? `  ${name}`.padEnd(INDENT.length) : INDENT}${text}`,
  )
}

const ARM_HEADINGS = ['', 'requests', 'refused', 'judge failed', 'failed', 'mean']

function renderRollout(
  { active, candidate, reviews, guard, verdict, reasons }: RolloutStatus,
  marks: TerminalMarks,
): readonly string[] {
  const table = tableOf(ARM_HEADINGS, [armRow('active', active), armRow('candidate', candidate)])
  const { compared, disagreements, judgeFailures, dropped } = reviews
  const reviewed = [
    `${count(compared)} drafts judged by both, ${count(disagreements)} of them differently (${percent(reviews.disagreement)})`,
    `${count(judgeFailures)} could not be judged, ${count(dropped)} were not looked at`,
  ]
  const isReviewed = compared + judgeFailures + dropped > 0
  const said = {
    too_few: `needs ${guard.minRequests} requests on each side before it compares`,
    watching: marks.good('sees nothing that would halt it'),
    breached: marks.bad(reasons.map(({ reason }) => reason).join(', ')),
  }[verdict]
  return [
    ...table
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    ...(isReviewed
      ? reviewed.map((text, index) => `    ${index === 0 ? 'reviews' : '       '}    ${text}`)
      : []),
    `    guard      ${said}`,
  ]
}

function armRow(name: string, arm: ArmStatus): readonly string[] {
  const { requests, refusalRate, judgeFailureRate, failureRate, meanMs } = arm
  return [
    name,
    count(requests),
    percent(refusalRate),
    percent(judgeFailureRate),
    percent(failureRate),
    meanMs === null ? '-' : `${Math.round(meanMs)} ms`,
  ]
}

/** As much of an instance's id as tells it from the others. */
const SHOWN_ID = 11
const INSTANCE_HEADINGS = [
  'instance',
  'seen',
  'program',
  'policy',
  'serves',
  'digest',
  'staged',
  'source',
]

function renderInstances(instances: readonly InstanceStatus[], marks: TerminalMarks): string {
  if (instances.length === 0) return 'No instance has been seen for an hour\n'
  const rows = instances.flatMap(({ id, ageMs, program, policies }) =>
    policies.map((policy, index) => [
      ...(index === 0
        ? [id.slice(0, SHOWN_ID), `${spanOf(ageMs)} ago`, program ?? '?']
        : ['', '', '']),
      policy.id,
      policy.revision === 0 ? 'built-in' : String(policy.revision),
      shortDigest(policy.digest),
      policy.move ? `to ${policy.move.to}` : String(policy.candidate?.revision ?? '-'),
      standingOf(policy),
    ]),
  )
  const table = tableOf(INSTANCE_HEADINGS, rows)
  return table.replace(/\b(?:cached, |live: ).*$/gm, (text) => marks.warning(text))
}

function standingOf({ state, ageMs, problem }: InstanceStatus['policies'][number]): string {
  const words = state === 'live' ? 'live' : `cached, ${spanOf(ageMs)}`
  return problem === null ? words : `${words}: ${problem}`
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`
}

function count(value: number): string {
  return value.toLocaleString('en-GB')
}
