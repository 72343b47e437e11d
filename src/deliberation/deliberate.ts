/**
 * The pipeline of one deliberation, in this order; a step that fails ends it:
 *
 * 1. select:  the sections that matter to the conversation (`select.ts`);
 * 2. compose: all that the prompt is made of (`draft/compose.ts`);
 * 3. draft:   one call of the model, or two, by the strategy that suits model and request (`draft/draft.ts`);
 * 4. split:   reasoning from answer, choice by choice (`draft/split-choices.ts`);
 *
 * then for each choice alone, and again after each new draft that a decision asks for (`choice.ts`):
 *
 * 5. verify:  what needs no model (`verify.ts`);
 * 6. judge:   in two channels, over the sections that conversation and draft select (`judge/judge.ts`);
 * 7. decide:  release it, draft again, substitute, or fail (`decide.ts`).
 *
 * What may leave is put together at the end (`release.ts`); every attempt is kept for the transcript, whatever came of it.
 * I/O through its ports alone. Nothing that failed a check or a gating channel is ever in what may leave.
 */

import type { CallOptions, Model } from '../conversation/model.ts'
import type {
  Attempt,
  Deliberation,
  Draft,
  Inquiry,
  Opinion,
  Strategy,
} from '../conversation/outcome.ts'
import { abortedBy } from '../lib/aborted.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { once } from '../lib/once.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type Span, within, withinSync } from '../lib/tracing.ts'
import type { Bundle, Protocol, Section } from '../policy/section.ts'
import type { Selector } from '../policy/select/selection.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { answerOf, answerText } from './answer-text.ts'
import {
  type Attempted,
  budgetFor,
  type ChoiceProgress,
  type DraftedChoice,
  emptyAttempt,
  firstDrafts,
  settleChoice,
} from './choice.ts'
import { decide, type Step } from './decide.ts'
import { type Composition, compose } from './draft/compose.ts'
import { draft, type FailedRound, learn, type PlacementSetting } from './draft/draft.ts'
import { createPreambles, type Preambles } from './draft/preamble.ts'
import { type DraftRound, splitChoices } from './draft/split-choices.ts'
import { chooseStrategy, type StrategySetting } from './draft/strategy.ts'
import { type Judge, type Judgement, type JudgePorts, judge } from './judge/judge.ts'
import { createLeakFinder, type FindLeak } from './leak.ts'
import type { CapabilityMemory } from './memory.ts'
import { noteRandom } from './note-random.ts'
import { checkProtocol } from './protocol-texts.ts'
import { release } from './release.ts'
import { addLabelled, fullSections, select, unite } from './select.ts'
import { failedSections } from './substitute.ts'
import { createStopwatch, type Stopwatch } from './usage.ts'
import { verify } from './verify.ts'

export type DeliberatorPorts = {
  readonly model: Model
  readonly judge: Judge
  readonly selector: Selector
  readonly protocol: Protocol
  /** How drafts are made and where instructions go, as the operator set them. */
  readonly settings: { readonly strategy: StrategySetting; readonly placement: PlacementSetting }
  readonly memory: CapabilityMemory
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  /** A signal that fires after so many milliseconds; the platform's own when left out. */
  readonly timeout?: JudgePorts['timeout']
}

export type DeliberateOptions = {
  readonly bundle: Bundle
  /** Fires when the client has gone or the deadline has passed, with `{ by }` as its reason. */
  readonly signal: AbortSignal
  readonly span: Span
  /** Sections that somebody named beforehand: given in full, whatever the selector finds. */
  readonly labelled?: readonly string[]
  /** What others held to be the right kind of answer: for the judge alone, never for a draft. */
  readonly opinions?: readonly Opinion[]
  /** Called once, when the upstream has accepted the first call. */
  readonly onAccepted?: () => void
  /** For drafts alone: the judge is nobody that the client knows of. */
  readonly headers?: CallOptions['headers']
}

export type Deliberator = {
  /** Expected failures are inside the deliberation's outcome; a rejection is a defect. */
  deliberate(inquiry: Inquiry, options: DeliberateOptions): Promise<Deliberation>
}

/** What the steps of one deliberation share. */
type StepPorts = Omit<DeliberatorPorts, 'timeout'> & {
  readonly preambles: Preambles
  readonly findLeak: FindLeak
  readonly timeout: JudgePorts['timeout']
  readonly stopwatch: Stopwatch
  /** Everything random that this deliberation has put into its prompts. */
  readonly nonces: readonly string[]
}

/** @throws TypeError when the protocol lacks a text, so that the start fails and no request. */
export function createDeliberator(ports: DeliberatorPorts): Deliberator {
  checkProtocol(ports.protocol)
  const lasting = {
    ...ports,
    preambles: createPreambles(),
    findLeak: createLeakFinder(),
    timeout: ports.timeout ?? ((ms: number) => AbortSignal.timeout(ms)),
  }
  return {
    deliberate: (inquiry, options) =>
      deliberate(
        { ...lasting, ...noteRandom(ports.random), stopwatch: createStopwatch(ports.clock) },
        inquiry,
        {
          ...options,
          onAccepted: once(options.onAccepted),
        },
      ),
  }
}

async function deliberate(
  ports: StepPorts,
  inquiry: Inquiry,
  options: DeliberateOptions,
): Promise<Deliberation> {
  const { clock, protocol, stopwatch, settings } = ports
  const { bundle, signal, span } = options
  const startedMs = clock.monotonic()

  const { text: preamble, canary } = ports.preambles(bundle, protocol)
  const about = { turns: inquiry.turns, bundle, protocol, canary }
  const findSecret = (texts: readonly string[]) =>
    ports.findLeak({ ...about, answer: answerOf(texts), nonces: ports.nonces, reasoning: null })

  const query = { turns: inquiry.turns, draft: null, bundle, signal }
  const selected = await within(span, 'select', () => select(ports.selector, query))
  const selection = addLabelled(selected, options.labelled ?? [])
  const selectMs = clock.monotonic() - startedMs
  const endWith = (end: Pick<Deliberation, 'attempts' | 'outcome'>): Deliberation => {
    const totalMs = clock.monotonic() - startedMs
    const timings = { totalMs, modelMs: stopwatch.totalMs(), selectMs }
    return { inquiry, bundle, protocol, selection, ...end, timings, findSecret }
  }

  const sections = fullSections(selection)
  const composition = compose({ inquiry, bundle, protocol, preamble, sections })

  const facts = ports.memory.recall(inquiry.model)
  const budget = bundle.deliberation.reasoningTokens
  const strategy = chooseStrategy({ setting: settings.strategy, inquiry, facts, budget })
  span.set({ 'chambers.strategy': strategy, 'chambers.policy.digest': bundle.digest })
  const aborted = abortedBy(signal)
  if (aborted) return endWith(undrafted(strategy, { failure: aborted, usage: null, timings: null }))
  const first = await draftAndSplit(ports, { composition, strategy }, options)
  if (!first.ok) return endWith(undrafted(strategy, first.failure))

  const settlements = await Promise.all(
    firstDrafts(first.value, composition).map((drafted) =>
      settleChoice(drafted, {
        attempt: (next, progress) => attemptChoice(ports, { ...next, canary, progress }, options),
        redraft: (plan) => draftAndSplit(ports, plan, options),
        metrics: ports.metrics,
      }),
    ),
  )
  return endWith({
    attempts: settlements.flatMap(({ attempts }) => attempts),
    outcome: release(inquiry, first.value, settlements),
  })
}

type DraftPlan = { readonly composition: Composition; readonly strategy: Strategy }

/** One round: draft, split. What it has settled about the model is remembered for the next. */
async function draftAndSplit(
  ports: StepPorts,
  plan: DraftPlan,
  { signal, span, onAccepted, headers }: DeliberateOptions,
): Promise<Result<DraftRound, FailedRound>> {
  const request = {
    ...plan,
    signal,
    span,
    ...(onAccepted && { onAccepted }),
    ...(headers && { headers }),
  }
  const drafted = await draft({ ...ports, placement: ports.settings.placement }, request)
  if (!drafted.ok) return drafted

  const round = splitChoices(drafted.value, plan.composition, span)
  learn(ports.memory, plan.composition.inquiry, round)
  return succeed(round)
}

type ChoiceUnderWay = DraftedChoice & { readonly canary: string; readonly progress: ChoiceProgress }

/** One attempt on one choice: verify, judge, decide. */
async function attemptChoice(
  ports: StepPorts,
  drafted: ChoiceUnderWay,
  options: DeliberateOptions,
): Promise<Attempted> {
  const { composition, canary, split, round } = drafted
  const { inquiry, bundle, protocol, sections } = composition
  const { turns } = inquiry
  const { signal, span } = options
  const written = split.result.ok ? split.result.value : null
  const failure = split.result.ok ? null : split.result.failure

  const { nonces } = round
  const about = { sections, turns, bundle, protocol, nonces, canary, findLeak: ports.findLeak }
  const checks = written
    ? withinSync(span, 'verify', () => verify({ ...about, draft: written }))
    : []

  // A draft that fails a check is not judged: it cannot be released.
  const judged =
    written && checks.every(({ passed }) => passed)
      ? await selectAndJudge(ports, { drafted, written }, options)
      : null
  const { verdicts = [], failures: judgeFailures = [] } = judged?.judgement ?? {}

  const aborted = abortedBy(signal)
  const step = aborted
    ? ({ kind: 'fail', failure: aborted } as const)
    : withinSync(span, 'decide', (decideSpan): Step => {
        const budget = budgetFor(ports, drafted, verdicts)
        const evidence = { failure, checks, judgement: judged?.judgement ?? null }
        const decided = decide(evidence, budget, bundle)
        decideSpan.set({ 'chambers.step': decided.kind, 'chambers.attempt': drafted.number })
        return decided
      })

  const usage = drafted.carriesUsage ? { usage: round.usage, timings: round.timings } : {}
  const attempt: Attempt = {
    ...emptyAttempt({ ...drafted, strategy: round.strategy }),
    ...usage,
    draft: written && { ...written, decision: written.decision ?? judged?.decision ?? null },
    failure,
    unsplit: split.unsplit,
    checks,
    verdicts,
    judgeFailures,
  }
  return { attempt, sections: judged?.sections ?? sections, step }
}

type Judged = {
  readonly judgement: Judgement
  readonly sections: readonly Section[]
  /** A model that reasons by itself may not write the decision line; the judge has read the decision then. */
  readonly decision: Draft['decision']
}

/** Judges a draft over the sections selected before it was written, and those that it calls for itself. */
async function selectAndJudge(
  ports: StepPorts,
  { drafted, written }: { readonly drafted: DraftedChoice; readonly written: Draft },
  { opinions = [], signal, span }: DeliberateOptions,
): Promise<Judged> {
  const { inquiry, bundle, protocol, sections: before } = drafted.composition
  const sections = await within(span, 'select', async () => {
    const query = { turns: inquiry.turns, draft: answerText(written.answer), bundle, signal }
    const selection = await select(ports.selector, query)
    return unite(bundle, idsOf(before), idsOf(fullSections(selection)))
  })
  const { reasoned } = drafted.split
  const about = { inquiry, bundle, protocol, draft: written, reasoned, sections, opinions }
  const judgement = await judge(ports, { ...about, signal, span })
  const { verdicts } = judgement
  for (const id of failedSections(bundle, verdicts)) ports.metrics.finding(id, 'violated')
  const read = verdicts.find(({ channel }) => channel === 'reasoning')
  return { judgement, sections, decision: read?.decision ?? null }
}

/** The end of a deliberation whose first round gave nothing. */
function undrafted(strategy: Strategy, failed: FailedRound) {
  const attempt: Attempt = { ...emptyAttempt({ choice: 0, number: 1, strategy }), ...failed }
  return { attempts: [attempt], outcome: fail(failed.failure) }
}

function idsOf(sections: readonly Section[]): readonly string[] {
  return sections.map((section) => section.id)
}
