/**
 * Brings one choice to its end: examine, decide, and draft again while the decision says so.
 * I/O through the ports. Each choice is decided alone, and its budget is its own.
 */

import type { Attempt, ChoiceOutcome, Failure } from '../conversation/outcome.ts'
import { abortedBy } from '../lib/aborted.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { withinSync } from '../lib/tracing.ts'
import { type Budget, decide, type RedraftCause, type Step } from './decide.ts'
import type { Composition } from './draft/compose.ts'
import { type DraftPorts, draft } from './draft/draft.ts'
import type { DraftRound } from './draft/draft-round.ts'
import { createRedraft } from './draft/redraft.ts'
import { fallFrom, type StrategySetting } from './draft/strategy.ts'
import { emptyAttempt } from './empty-attempt.ts'
import {
  type Drafted,
  type Examination,
  type ExamineOptions,
  type ExaminePorts,
  examine,
} from './examine.ts'
import { presentAnswer } from './refusal.ts'
import { unite } from './select-sections.ts'
import { substituteAnswer } from './substitute.ts'

export type SettlePorts = DraftPorts & ExaminePorts & { readonly setting: StrategySetting }

/** There are three strategies, so two changes try them all. */
const MAX_FALLS = 2

export type SettleOptions = ExamineOptions & { readonly onAccepted?: () => void }

export type Settlement = {
  readonly attempts: readonly Attempt[]
  /** The rounds drafted for this choice alone. */
  readonly rounds: readonly DraftRound[]
  readonly outcome: Result<
    { readonly choice: ChoiceOutcome; readonly round: DraftRound | null },
    Failure
  >
}

/** Where a choice stands: counted so that every loop ends. */
type Progress = {
  readonly redrafts: number
  /** Changes of strategy so far. */
  readonly falls: number
  readonly addedMissing: boolean
  /** Why the last attempt was not released; null at the first. */
  readonly reason: string | null
}

export async function settleChoice(
  ports: SettlePorts,
  first: Drafted,
  options: SettleOptions,
): Promise<Settlement> {
  const attempts: Attempt[] = []
  const rounds: DraftRound[] = []
  let item = first
  let progress: Progress = { redrafts: 0, falls: 0, addedMissing: false, reason: null }
  for (;;) {
    const examination = await examine(ports, item, options)
    attempts.push(examination.attempt)
    const aborted = abortedBy(options.signal)
    if (aborted) return { attempts, rounds, outcome: fail(aborted) }
    const step = withinSync(options.span, 'decide', (span) => {
      const decided = decideStep(ports, { item, examination, progress })
      span.set({ 'chambers.step': decided.kind, 'chambers.attempt': item.number })
      return decided
    })
    if (step.kind !== 'redraft') {
      return { attempts, rounds, outcome: conclude(step, { item, examination, progress }) }
    }
    if (step.cause.kind !== 'fall') ports.metrics.redrafted(item.composition.bundle.digest)
    const composition = recompose(item.composition, examination, step.cause)
    const strategy = step.cause.kind === 'fall' ? step.cause.to : item.round.strategy
    const round = await draft(ports, { ...options, composition, strategy })
    const number = item.number + 1
    if (!round.ok) {
      const failed = emptyAttempt({ choice: item.choice, number, strategy })
      attempts.push({ ...failed, ...round.failure })
      return { attempts, rounds, outcome: fail(round.failure.failure) }
    }
    rounds.push(round.value)
    progress = advance(progress, step)
    const [drafted] = round.value.choices
    if (!drafted) return { attempts, rounds, outcome: fail({ reason: 'model_empty' }) }
    item = { ...item, number, round: round.value, drafted, composition, carriesUsage: true }
  }
}

type Standing = {
  readonly item: Drafted
  readonly examination: Examination
  readonly progress: Progress
}

function decideStep(ports: SettlePorts, { item, examination, progress }: Standing): Step {
  const { bundle, inquiry, sections } = item.composition
  const { result } = item.drafted
  const failure = result.ok ? null : result.failure
  const facts = ports.memory.recall(inquiry.model)
  const failed = item.round.strategy
  const mayFall = failure !== null && progress.falls < MAX_FALLS
  const fallTo = mayFall
    ? fallFrom({ setting: ports.setting, failed, failure, inquiry, facts })
    : null
  const named = examination.review?.verdicts.flatMap((verdict) => verdict.missingSections) ?? []
  const given = new Set(sections.map(({ id }) => id))
  const missing = unite(bundle, named).filter(({ id }) => !given.has(id))
  const budget: Budget = {
    redraftsLeft: bundle.deliberation.maxRedrafts - progress.redrafts,
    fallTo,
    missing: progress.addedMissing ? [] : missing.map(({ id }) => id),
  }
  const { checks } = examination.attempt
  return decide({ failure, checks, review: examination.review }, budget, bundle)
}

function advance(progress: Progress, step: Extract<Step, { kind: 'redraft' }>): Progress {
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
  { attempt, sections }: Examination,
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

function conclude(
  step: Exclude<Step, { kind: 'redraft' }>,
  { item, examination, progress }: Standing,
): Settlement['outcome'] {
  if (step.kind === 'fail') return fail(step.failure)
  const index = item.choice
  const { draft: released, verdicts, number } = examination.attempt
  if (step.kind === 'release' && released) {
    const kind = progress.reason === null ? 'released' : 'redrafted'
    const reason = step.reason ?? progress.reason
    const answer = presentAnswer(released, item.composition.inquiry)
    const choice = { index, kind, attempt: number, reason, answer } as const
    return succeed({ choice, round: item.round })
  }
  const { inquiry, bundle, protocol } = item.composition
  const answer = substituteAnswer({
    inquiry,
    bundle,
    protocol,
    verdicts,
    sections: examination.sections,
  })
  const choice = { index, kind: 'substituted', attempt: null, reason: step.reason, answer } as const
  return succeed({ choice, round: null })
}
