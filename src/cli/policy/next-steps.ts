/** What may be done next with a revision that is kept, in the state that its policy is in. Pure: every command fits the state. */
import { tellWaiting } from '../../revisions/control/count-signatures.ts'
import type { MissingSignatures, PolicyState } from '../../revisions/registry.ts'
import { printable } from '../../text/printable.ts'
import type { Io } from '../shell/io.ts'
import { nextCommand } from '../shell/next-command.ts'
import type { KeptRevision } from './control.ts'

/** A sentence, and the words of a command after it. */
export type NextStep = readonly [sentence: string, words: readonly string[]]

type Kept = Pick<KeptRevision, 'policy' | 'number' | 'payload' | 'waiting'>

/** @param states of every policy that serves. */
export function nextSteps(
  { policy, number, payload, waiting }: Kept,
  states: readonly PolicyState[],
  now: number,
): readonly NextStep[] {
  const state = states.find((one) => one.policy === policy)
  if (waiting) return [signStep({ policy, number, waiting })]
  // It was pushed before, and has had its time.
  if (state && number <= state.active) return []
  const activate = ['policy', 'activate', policy, String(number)]
  const wait = Date.parse(payload.notBefore) > now ? ` From ${payload.notBefore} on` : ' Next'
  if (!state) return firstSteps({ policy, activate, wait }, states)
  const shadow = [...activate, '--shadow', '--percent', '0']
  const effect = 'beside what serves and without effect:'
  if (state.candidate === null) return [[`It does not serve yet.${wait}, ${effect}`, shadow]]
  if (state.candidate === number)
    return [['It is staged. To watch it:', ['policy', 'status', '--watch']]]
  return [
    [
      `It does not serve yet: revision ${state.candidate} is staged. To take that back first:`,
      ['policy', 'halt', policy],
    ],
    [`Then, ${effect}`, shadow],
  ]
}

/** Callers of another policy come to one that serves, and not before. */
function firstSteps(
  { policy, activate, wait }: { policy: string; activate: readonly string[]; wait: string },
  states: readonly PolicyState[],
): readonly NextStep[] {
  const others = states.filter(({ move }) => move === null).map((one) => one.policy)
  const from = others.includes('default') ? 'default' : others[0]
  const first = `It serves nobody yet.${wait}, for everyone who names ${policy}:`
  const move = ['policy', 'move', from ?? '', policy, '--percent', '5']
  const then = 'Then, to bring callers of another policy to it in steps:'
  return [
    [first, [...activate, '--percent', '100']],
    ...(from === undefined ? [] : [[then, move] as const]),
  ]
}

export function signStep(options: {
  readonly policy: string
  readonly number: number
  readonly waiting: MissingSignatures
}): NextStep {
  const { policy, number, waiting } = options
  const words = ['policy', 'sign', '--add', `${policy}@${number}`, '--key', 'KEY']
  return [`${printable(tellWaiting(waiting))}. Next, somebody else:`, words]
}

export function printNext(
  steps: readonly NextStep[],
  { url }: { readonly url: string | undefined },
  io: Pick<Io, 'stderr'>,
): void {
  for (const [sentence, words] of steps) io.stderr(`${sentence}\n${nextCommand(words, { url })}`)
}
