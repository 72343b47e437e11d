/**
 * `chambers policy activate ID NUMBER`, `chambers policy move FROM TO` and `chambers policy halt ID`: how much of the traffic
 * a pushed revision gets, or another policy.
 * A change is meant for the state that was just looked at: where somebody was quicker, nothing is done.
 */
import type { Result } from '../../lib/result.ts'
import type { ControlFailure } from '../../revisions/control/control.ts'
import type { PolicyState } from '../../revisions/registry.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { nextCommand } from '../shell/next-command.ts'
import { CALLERS, callersIn, callerWords } from './caller-options.ts'
import type { OpenControl } from './control.ts'
import { openControl } from './open-control.node.ts'
import { printFailure, renderState } from './render-state.ts'
import { findState, requireKnown, requireState } from './standing.ts'

const ACTIVATE_WANTED =
  'Name a policy and the number of a revision: chambers policy activate ID NUMBER'

export const policyActivate = declareCommand({
  positionals: {
    policy: { takes: 'ID', says: 'The policy' },
    number: { takes: 'NUMBER', says: 'The number of a revision that was pushed' },
  },
  wanted: ACTIVATE_WANTED,
  options: {
    ...CONNECTION,
    percent: {
      takes: 'P',
      says: 'The share of callers that it serves, from 0 to 100',
      otherwise: 'as its rollout says, else 100, or 0 with --shadow',
      read: readPercent,
    },
    shadow: { says: 'Judge drafts by it beside what serves, without effect' },
    ...CALLERS,
  },
  async run({ values, positionals: { policy, number } }, io) {
    if (!/^[1-9]\d{0,14}$/.test(number)) throw new UsageError(ACTIVATE_WANTED)
    await using control = await openControl({ ...values, environment: io.environment })
    const before = await findState(control, policy)
    if (!before) await requireKnown(control, policy)
    const changed = await control.activate({
      policy,
      revision: Number(number),
      percent: values.percent ?? null,
      shadow: values.shadow ?? null,
      callers: callersIn(values),
      expected: before?.version ?? null,
    })
    const code = printChange({ before, changed, url: values.url }, io)
    if (changed.ok && !io.json) io.stderr(await tellMode(control, policy, Number(number)))
    return code
  },
})

/** A policy that holds no answer to its rules says so when it begins to serve: it looks the same from outside. */
async function tellMode(control: OpenControl, policy: string, number: number): Promise<string> {
  // It serves already: what cannot be told of it is no failure.
  const bundle = await control.bundle(policy, number).catch(() => null)
  if (!bundle || bundle.mode === 'enforce') return ''
  return `Its mode is ${bundle.mode}: it changes no answer, but for keys made with --mode enforce, until a revision says \`mode: enforce\`\n`
}

const MOVE_WANTED = 'Name two policies: chambers policy move FROM TO --percent P'

export const policyMove = declareCommand({
  positionals: {
    from: { takes: 'FROM', says: 'The policy that the callers ask for' },
    to: { takes: 'TO', says: 'The policy whose active revision they get' },
  },
  wanted: MOVE_WANTED,
  options: {
    ...CONNECTION,
    percent: {
      takes: 'P',
      says: 'The share of callers that are moved, from 0 to 100, until the move is halted',
      otherwise: '0 with --shadow, else it must be given',
      read: readPercent,
    },
    shadow: { says: 'Judge drafts by the other policy beside what serves, without effect' },
    ...CALLERS,
  },
  async run({ values, positionals: { from: policy, to } }, io) {
    const { percent = null, shadow = false } = values
    if (percent === null && !shadow) {
      throw new UsageError(`Say how many callers get ${to}, with --percent 5, or add --shadow`)
    }
    await using control = await openControl({ ...values, environment: io.environment })
    const before = await requireState(control, policy)
    await requireState(control, to)
    const callers = callersIn(values)
    const { version: expected } = before
    const changed = await control.move({ policy, to, percent, shadow, callers, expected })
    const code = printChange({ before, changed, url: values.url }, io)
    if (changed.ok && !io.json) io.stderr(MODE_KEPT)
    return code
  },
})

const MODE_KEPT =
  'Whoever is moved keeps at least the mode of the policy they came from, and the key they have\n'

export const policyHalt = declareCommand({
  positionals: {
    policy: { takes: 'ID', says: 'The policy whose staged revision or move is taken back' },
  },
  wanted: 'Name one policy: chambers policy halt ID',
  options: CONNECTION,
  async run({ values, positionals: { policy } }, io) {
    await using control = await openControl({ ...values, environment: io.environment })
    const before = await requireState(control, policy)
    const changed = await control.halt({ policy, expected: before.version })
    return printChange({ before, changed, url: values.url }, io)
  },
})

function readPercent(text: string, option: string): number {
  const percent = Number(text.replace(/ ?%$/, ''))
  if (text !== '' && percent >= 0 && percent <= 100) return percent
  throw new UsageError(`Set ${option} to a share of callers from 0 to 100: ${text}`)
}

export type Change = {
  readonly before: PolicyState | null
  readonly changed: Result<PolicyState, ControlFailure>
  readonly url: string | undefined
}

/** What was, what is, and what may be done next; gives the exit code. */
export function printChange({ before, changed, url }: Change, io: Io): number {
  if (!changed.ok) return printFailure(changed.failure, io)
  const state = changed.value
  if (io.json) {
    io.stdout(`${JSON.stringify({ ok: true, ...state })}\n`)
    return 0
  }
  if (before) io.stdout(`Before:\n${renderState(before)}`)
  io.stdout(`${marksFor(io, 'stdout').good('Now')}:\n${renderState(state)}`)
  if (state.candidate !== null && state.percent === 100) io.stderr(`${NOT_COMMITTED}\n`)
  for (const [sentence, words] of suggestions(state, { isNew: before === null })) {
    io.stderr(`${sentence}\n${nextCommand(words, { url })}`)
  }
  return 0
}

const NOT_COMMITTED = 'It stays staged, and is not committed: it serves these callers only'

/** Enough to see a difference, little enough to bear one. */
const FIRST_PERCENT = 5

function suggestions(
  state: PolicyState,
  { isNew }: { readonly isNew: boolean },
): readonly (readonly [string, readonly string[]])[] {
  const { policy, action, candidate, move } = state
  if (candidate === null && move === null) {
    const first = ['policy', 'move', 'OTHER', policy, '--percent', String(FIRST_PERCENT)]
    return [
      ['To see it arrive:', ['policy', 'status']],
      ...(isNew ? [['To give it callers of another policy:', first] as const] : []),
    ]
  }
  const watch = ['To watch it:', ['policy', 'status', '--watch']] as const
  const halt = ['To take it back:', ['policy', 'halt', policy]] as const
  // Of a share that somebody else has made not all callers may be seen: the next one would be of others.
  if (action !== 'stage' && action !== 'move') return [watch, halt]
  const { percent, callers } = move ?? state
  const change = move ? ['move', policy, move.to] : ['activate', policy, String(candidate)]
  const same = ['policy', ...change, ...callerWords(callers)]
  return [
    watch,
    ...goingOn(same, { percent, isForAll: callers === null }),
    ...(move === null && percent === 100
      ? [['To let it serve everyone:', ['policy', ...change, '--percent', '100']] as const]
      : []),
    halt,
  ]
}

/** The next share of the same callers. */
function goingOn(
  words: readonly string[],
  { percent, isForAll }: { readonly percent: number; readonly isForAll: boolean },
): readonly (readonly [string, readonly string[]])[] {
  if (percent === 100) return []
  if (percent < FIRST_PERCENT) {
    return [['To go on:', [...words, '--percent', String(FIRST_PERCENT)]]]
  }
  const whom = isForAll ? 'everyone' : 'all of them'
  return [[`To let it serve ${whom}:`, [...words, '--percent', '100']]]
}
