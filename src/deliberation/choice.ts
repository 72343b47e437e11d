/**
 * The loop over the attempts on one choice: what was drafted is attempted, and drafted again while the decision says so.
 * The mechanics alone; the steps themselves are `deliberate.ts`'s, and given. Each choice is decided by itself, with a
 * budget of its own, and everything is counted so that the loop ends.
 */

import type { Failure } from '../conversation/failures.ts'
import type { Answer, Attempt, ChoiceOutcome, Strategy, Verdict } from '../conversation/outcome.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Section } from '../policy/section.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Budget, RedraftCause, Step } from './decide.ts'
import type { Composition } from './draft/compose.ts'
import type { FailedRound } from './draft/draft.ts'
import { createRedraft } from './draft/redraft.ts'
import type { DraftRound, SplitChoice } from './draft/split-choices.ts'
import { fallFrom, type StrategySetting } from './draft/strategy.ts'
import type { CapabilityMemory } from './memory.ts'
import { unite } from './select.ts'
import { presentAnswer, substituteAnswer } from './substitute.ts'

/** A drafted choice with all that led to it. */
export type DraftedChoice = {
  readonly choice: number
  readonly number: number
  readonly round: DraftRound
  readonly split: SplitChoice
  readonly composition: Composition
  /** True for the one attempt that carries the tokens and times of a shared round. */
  readonly carriesUsage: boolean
}

/** Where a choice stands: counted so that every loop ends. */
export type ChoiceProgress = {
  readonly redrafts: number
  /** Changes of strategy so far. */
  readonly falls: number
  readonly addedMissing: boolean
  /** Why the last attempt was not released; null at the first. */
  readonly reason: string | null
}

/** What came of one attempt, and what is to be done now. */
export type Attempted = {
  readonly attempt: Attempt
  /** The sections that the draft or its judge was given in full. */
  readonly sections: readonly Section[]
  readonly step: Step
}

/** The steps that the loop turns. */
export type ChoiceSteps = {
  readonly attempt: (drafted: DraftedChoice, progress: ChoiceProgress) => Promise<Attempted>
  readonly redraft: (plan: {
    readonly composition: Composition
    readonly strategy: Strategy
  }) => Promise<Result<DraftRound, FailedRound>>
  readonly metrics: Pick<Metrics, 'redrafted'>
}

export type Settlement = {
  readonly attempts: readonly Attempt[]
  /** The rounds drafted for this choice alone. */
  readonly rounds: readonly DraftRound[]
  readonly outcome: Result<
    { readonly choice: ChoiceOutcome; readonly round: DraftRound | null },
    Failure
  >
}

/** What a server says whose model reached the limit before its answer. Nothing was written that could be judged. */
const CUT: Answer = {
  parts: [{ kind: 'text', text: '' }],
  finishReason: 'length',
  logprobs: null,
}

/** There are three strategies, so two changes try them all. */
const MAX_FALLS = 2

/** The choices of a first round, each for a loop of its own; the first carries what the round has cost. */
export function firstDrafts(round: DraftRound, composition: Composition): readonly DraftedChoice[] {
  return round.choices.map((split, choice) => ({
    choice,
    number: 1,
    round,
    split,
    composition,
    carriesUsage: choice === 0,
  }))
}

export async function settleChoice(first: DraftedChoice, steps: ChoiceSteps): Promise<Settlement> {
  const attempts: Attempt[] = []
  const rounds: DraftRound[] = []
  let drafted = first
  let progress: ChoiceProgress = { redrafts: 0, falls: 0, addedMissing: false, reason: null }
  for (;;) {
    const attempted = await steps.attempt(drafted, progress)
    attempts.push(attempted.attempt)
    const { step } = attempted
    if (step.kind !== 'redraft') {
      return { attempts, rounds, outcome: conclude(step, { drafted, attempted, progress }) }
    }
    if (step.cause.kind !== 'fall') steps.metrics.redrafted(drafted.composition.bundle.digest)
    const composition = recompose(drafted.composition, attempted, step.cause)
    const strategy = step.cause.kind === 'fall' ? step.cause.to : drafted.round.strategy
    const round = await steps.redraft({ composition, strategy })
    const number = drafted.number + 1
    if (!round.ok) {
      const failed = emptyAttempt({ choice: drafted.choice, number, strategy })
      attempts.push({ ...failed, ...round.failure })
      return { attempts, rounds, outcome: fail(round.failure.failure) }
    }
    rounds.push(round.value)
    progress = advance(progress, step)
    const [split] = round.value.choices
    if (!split) return { attempts, rounds, outcome: fail({ reason: 'model_empty' }) }
    drafted = { ...drafted, number, round: round.value, split, composition, carriesUsage: true }
  }
}

/** What is left to try for a choice. */
export function budgetFor(
  ports: {
    readonly memory: CapabilityMemory
    readonly settings: { readonly strategy: StrategySetting }
  },
  {
    composition,
    split,
    round,
    progress,
  }: Omit<DraftedChoice, 'choice'> & { readonly progress: ChoiceProgress },
  verdicts: readonly Verdict[],
): Budget {
  const { bundle, inquiry, sections } = composition
  const facts = ports.memory.recall(inquiry.model)
  const setting = ports.settings.strategy
  const failed = round.strategy
  const { result } = split
  const mayFall = !result.ok && progress.falls < MAX_FALLS
  const budget = bundle.deliberation.reasoningTokens
  const fallTo = mayFall
    ? fallFrom({
        setting,
        failed,
        failure: result.failure,
        marksNothing: split.marksNothing ?? false,
        inquiry,
        facts,
        budget,
      })
    : null
  const named = verdicts.flatMap((verdict) => verdict.missingSections)
  const given = new Set(sections.map(({ id }) => id))
  const missing = unite(bundle, named).filter(({ id }) => !given.has(id))
  return {
    redraftsLeft: bundle.deliberation.maxRedrafts - progress.redrafts,
    fallTo,
    missing: progress.addedMissing ? [] : missing.map(({ id }) => id),
  }
}

function advance(
  progress: ChoiceProgress,
  step: Extract<Step, { kind: 'redraft' }>,
): ChoiceProgress {
  const { cause, reason } = step
  if (cause.kind === 'fall') return { ...progress, falls: progress.falls + 1 }
  return {
    ...progress,
    redrafts: progress.redrafts + (cause.kind === 'failed' ? 1 : 0),
    addedMissing: progress.addedMissing || cause.kind === 'missing',
    reason,
  }
}

/** The next draft of a choice: for it alone, with every section that has come up, and the points its answer failed. */
function recompose(
  composition: Composition,
  { attempt, sections }: Attempted,
  cause: RedraftCause,
): Composition {
  const { bundle } = composition
  const known = sections.map(({ id }) => id)
  const missing = cause.kind === 'missing' ? cause.sections : []
  return {
    ...composition,
    choices: 1,
    sections: unite(bundle, known, missing),
    redraft: cause.kind === 'fall' ? composition.redraft : createRedraft(attempt.verdicts, bundle),
  }
}

/** The answer that a choice ends with: the draft that was released, or what stands in for it. */
function conclude(
  step: Exclude<Step, { kind: 'redraft' }>,
  {
    drafted,
    attempted,
    progress,
  }: {
    readonly drafted: DraftedChoice
    readonly attempted: Attempted
    readonly progress: ChoiceProgress
  },
): Settlement['outcome'] {
  if (step.kind === 'fail') return fail(step.failure)
  const { choice: index, composition, round, split } = drafted
  const { inquiry, bundle, protocol } = composition
  const { draft: released, verdicts, number } = attempted.attempt
  if (step.kind === 'release' && released) {
    const kind = progress.reason === null ? 'released' : 'redrafted'
    const reason = step.reason ?? progress.reason
    const answer = presentAnswer(released, inquiry)
    const { carried } = split
    const choice = { index, kind, attempt: number, reason, answer } as const
    return succeed({ choice: { ...choice, ...(carried && { carried }) }, round })
  }
  if (step.kind === 'empty') {
    const { reason } = step
    const kind = progress.reason === null ? 'released' : 'redrafted'
    return succeed({ choice: { index, kind, attempt: number, reason, answer: CUT }, round: null })
  }
  const { sections } = attempted
  const answer = substituteAnswer({ inquiry, bundle, protocol, verdicts, sections })
  const choice = { index, kind: 'substituted', attempt: null, reason: step.reason, answer } as const
  return succeed({ choice, round: null })
}

/** An attempt of which nothing has come yet: what every attempt, failed or not, is built from. */
export function emptyAttempt({
  choice,
  number,
  strategy,
}: Pick<Attempt, 'choice' | 'number' | 'strategy'>): Attempt {
  return {
    choice,
    number,
    strategy,
    draft: null,
    failure: null,
    unsplit: null,
    checks: [],
    verdicts: [],
    judgeFailures: [],
    usage: null,
    timings: null,
  }
}
