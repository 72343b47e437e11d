/**
 * The pipeline of one deliberation, in this order:
 *
 * 1. select the sections that matter to the conversation;
 * 2. choose the strategy, compose the prompt and draft, splitting reasoning from answer;
 * 3. for each choice alone: verify, review in two channels, decide, and draft again where that may help;
 * 4. conclude: what may leave, or the failure, with every attempt kept for the transcript.
 *
 * I/O through its ports alone. Nothing that failed a check or a gating channel is ever in what may leave.
 */

import type { Model } from '../conversation/model.ts'
import type {
  Deliberation,
  Failure,
  Inquiry,
  Opinion,
  Released,
  Strategy,
} from '../conversation/outcome.ts'
import { abortedBy } from '../lib/aborted.ts'
import type { Clock, Random } from '../lib/clock.ts'
import { once } from '../lib/once.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type Span, within } from '../lib/tracing.ts'
import type { Bundle, Protocol } from '../policy/section.ts'
import type { Selector } from '../policy/select/selection.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { PlacementSetting } from './draft/call-model.ts'
import type { Composition } from './draft/compose.ts'
import { draft } from './draft/draft.ts'
import type { DraftRound, FailedRound } from './draft/draft-round.ts'
import { createPreambles } from './draft/preamble.ts'
import { chooseStrategy, type StrategySetting } from './draft/strategy.ts'
import { emptyAttempt } from './empty-attempt.ts'
import type { Judge } from './judge/judge.ts'
import { createLeakFinder } from './leak.ts'
import type { CapabilityMemory } from './memory.ts'
import { checkProtocol } from './protocol-texts.ts'
import { addLabelled, fullSections, selectSections } from './select-sections.ts'
import { type Settlement, type SettlePorts, settleChoice } from './settle-choice.ts'
import { createStopwatch } from './stopwatch.ts'
import { releasedUsage } from './usage.ts'

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
  readonly timeout?: (ms: number) => AbortSignal
}

export type DeliberateOptions = {
  readonly bundle: Bundle
  /** Fires when the client has gone or the deadline has passed, with `{ by }` as its reason. */
  readonly signal: AbortSignal
  readonly span: Span
  /** Sections that somebody named beforehand: given in full, whatever the selector finds. */
  readonly labelled?: readonly string[]
  /** What others held to be the right kind of answer: for reviews alone, never for a draft. */
  readonly opinions?: readonly Opinion[]
  /** Called once, when the upstream has accepted the first call. */
  readonly onAccepted?: () => void
}

export type Deliberator = {
  /** Expected failures are inside the deliberation's outcome; a rejection is a defect. */
  deliberate(inquiry: Inquiry, options: DeliberateOptions): Promise<Deliberation>
}

/** @throws TypeError when the protocol lacks a text, so that the start fails and no request. */
export function createDeliberator(ports: DeliberatorPorts): Deliberator {
  const { protocol, clock } = ports
  checkProtocol(protocol)
  const preambles = createPreambles()
  const findLeak = createLeakFinder()
  const timeout = ports.timeout ?? ((ms: number) => AbortSignal.timeout(ms))
  return {
    async deliberate(inquiry, given) {
      const { bundle, span, signal } = given
      const startedMs = clock.monotonic()
      const stopwatch = createStopwatch(clock)
      const { strategy: setting, placement } = ports.settings
      const settle: SettlePorts = { ...ports, setting, placement, stopwatch, findLeak, timeout }
      const options = { ...given, onAccepted: once(given.onAccepted) }

      const selected = await within(span, 'select', () =>
        selectSections(ports.selector, { turns: inquiry.turns, draft: null, bundle, signal }),
      )
      const selection = addLabelled(selected, given.labelled ?? [])
      const selectMs = clock.monotonic() - startedMs

      const preamble = preambles(bundle, protocol)
      const composition: Composition = {
        inquiry,
        bundle,
        protocol,
        preamble: preamble.text,
        sections: fullSections(selection),
        choices: inquiry.choices,
        redraft: null,
      }
      const strategy = chooseStrategy({
        setting,
        inquiry,
        facts: ports.memory.recall(inquiry.model),
      })
      span.set({ 'chambers.strategy': strategy, 'chambers.policy.digest': bundle.digest })
      const aborted = abortedBy(signal)
      const first = aborted
        ? fail({ failure: aborted, usage: null, timings: null })
        : await draft(settle, { ...options, composition, strategy })

      const settled = first.ok
        ? await settleAll(
            settle,
            { first: first.value, composition, canary: preamble.canary },
            options,
          )
        : unsettled(strategy, first.failure)
      const timings = {
        totalMs: clock.monotonic() - startedMs,
        modelMs: stopwatch.totalMs(),
        selectMs,
      }
      return { inquiry, bundle, protocol, selection, ...settled, timings }
    },
  }
}

type Settled = Pick<Deliberation, 'attempts' | 'outcome'>

async function settleAll(
  ports: SettlePorts,
  drafted: {
    readonly first: DraftRound
    readonly composition: Composition
    readonly canary: string
  },
  options: DeliberateOptions,
): Promise<Settled> {
  const { first, composition, canary } = drafted
  const settlements = await Promise.all(
    first.choices.map((choice, index) =>
      settleChoice(
        ports,
        {
          choice: index,
          number: 1,
          round: first,
          drafted: choice,
          composition,
          carriesUsage: index === 0,
        },
        { ...options, canary },
      ),
    ),
  )
  const attempts = settlements.flatMap((settlement) => settlement.attempts)
  return { attempts, outcome: release(composition.inquiry, first, settlements) }
}

/** What may leave, once every choice has an answer; the first failure otherwise. */
function release(
  inquiry: Inquiry,
  first: DraftRound,
  settlements: readonly Settlement[],
): Result<Released, Failure> {
  const answered = []
  for (const { outcome } of settlements) {
    if (!outcome.ok) return outcome
    answered.push(outcome.value)
  }
  const rounds = [first, ...settlements.flatMap((settlement) => settlement.rounds)]
  const source = (answered.find(({ round }) => round !== null)?.round ?? rounds.at(-1) ?? first)
    .source
  const choices = answered.map(({ choice }) => choice)
  const kinds = choices.map(({ kind }) => kind)
  return succeed({
    kind:
      (['substituted', 'redrafted'] as const).find((kind) => kinds.includes(kind)) ?? 'released',
    choices,
    model: source.model || inquiry.model,
    serviceTier: source.serviceTier,
    systemFingerprint: source.systemFingerprint,
    usage: releasedUsage({
      inquiry,
      rounds,
      released: answered.map(({ choice, round }) => ({ answer: choice.answer, round })),
    }),
    headers: source.headers,
  })
}

function unsettled(strategy: Strategy, failed: FailedRound): Settled {
  const attempt = { ...emptyAttempt({ choice: 0, number: 1, strategy }), ...failed }
  return { attempts: [attempt], outcome: fail(failed.failure) }
}
