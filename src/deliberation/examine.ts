/**
 * Examines one drafted choice: the checks that need no model, then the review, over the sections selected for request and draft.
 * I/O through the ports. A draft that fails a check is not sent to review: it cannot be released.
 */

import type { Attempt, Check, Draft, Opinion, Verdict } from '../conversation/outcome.ts'
import { type Span, within, withinSync } from '../lib/tracing.ts'
import type { Bundle, Section } from '../policy/section.ts'
import type { Selector } from '../policy/select/selection.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { answerText } from './answer-text.ts'
import type { Composition } from './draft/compose.ts'
import type { DraftedChoice, DraftRound } from './draft/draft-round.ts'
import { emptyAttempt } from './empty-attempt.ts'
import { type JudgePorts, type Review, review } from './judge/judge.ts'
import type { FindLeak } from './leak.ts'
import { fullSections, selectSections, unite } from './select-sections.ts'
import { failedSections } from './substitute.ts'
import { verify } from './verify.ts'

export type ExaminePorts = JudgePorts & {
  readonly selector: Selector
  readonly findLeak: FindLeak
}

/** A drafted choice with all that led to it. */
export type Drafted = {
  readonly choice: number
  readonly number: number
  readonly round: DraftRound
  readonly drafted: DraftedChoice
  readonly composition: Composition
  /** True for the one attempt that carries the tokens and times of a shared round. */
  readonly carriesUsage: boolean
}

export type Examination = {
  readonly attempt: Attempt
  readonly review: Review | null
  /** The sections the draft or its review was given in full. */
  readonly sections: readonly Section[]
}

export type ExamineOptions = {
  readonly canary: string
  readonly opinions?: readonly Opinion[]
  readonly signal: AbortSignal
  readonly span: Span
}

export async function examine(
  ports: ExaminePorts,
  item: Drafted,
  options: ExamineOptions,
): Promise<Examination> {
  const { round, drafted, composition } = item
  const base = baseAttempt(item)
  if (!drafted.result.ok) {
    const attempt: Attempt = { ...base, failure: drafted.result.failure }
    return { attempt, review: null, sections: composition.sections }
  }
  const draft = drafted.result.value
  const checks = withinSync(options.span, 'verify', () =>
    verify({
      draft,
      sections: composition.sections,
      turns: composition.inquiry.turns,
      bundle: composition.bundle,
      protocol: composition.protocol,
      nonces: round.nonces,
      canary: options.canary,
      findLeak: ports.findLeak,
    }),
  )
  if (!checks.every((check) => check.passed)) {
    return { attempt: { ...base, draft, checks }, review: null, sections: composition.sections }
  }
  return reviewDraft(ports, { item, draft, checks }, options)
}

async function reviewDraft(
  ports: ExaminePorts,
  subject: { readonly item: Drafted; readonly draft: Draft; readonly checks: readonly Check[] },
  { opinions = [], signal, span }: ExamineOptions,
): Promise<Examination> {
  const { item, draft, checks } = subject
  const { inquiry, bundle, protocol } = item.composition
  const sections = await within(span, 'select', async () => {
    const query = { turns: inquiry.turns, draft: answerText(draft.answer), bundle, signal }
    const selection = await selectSections(ports.selector, query)
    return unite(bundle, idsOf(item.composition.sections), idsOf(fullSections(selection)))
  })
  const reviewed = await review(ports, {
    inquiry,
    bundle,
    protocol,
    draft,
    reasoned: item.drafted.reasoned,
    sections,
    opinions,
    signal,
    span,
  })
  countFindings(ports.metrics, bundle, reviewed.verdicts)
  const attempt: Attempt = {
    ...baseAttempt(item),
    draft: { ...draft, decision: draft.decision ?? readDecision(reviewed.verdicts) },
    checks,
    verdicts: reviewed.verdicts,
    judgeFailures: reviewed.failures,
  }
  return { attempt, review: reviewed, sections }
}

function baseAttempt({ choice, number, round, carriesUsage }: Drafted): Attempt {
  const empty = emptyAttempt({ choice, number, strategy: round.strategy })
  return carriesUsage ? { ...empty, usage: round.usage, timings: round.timings } : empty
}

/** A model that reasons by itself may not write the decision line; review has read the decision then. */
function readDecision(verdicts: readonly Verdict[]) {
  return verdicts.find((verdict) => verdict.channel === 'reasoning')?.decision ?? null
}

function countFindings(metrics: Metrics, bundle: Bundle, verdicts: readonly Verdict[]): void {
  for (const id of failedSections(bundle, verdicts)) metrics.finding(id, 'violated')
}

function idsOf(sections: readonly Section[]): readonly string[] {
  return sections.map((section) => section.id)
}
