/**
 * What may leave once every choice of a deliberation has its answer, and what the client is told it cost. Pure.
 * It takes answers that were decided upon and nothing else of a draft.
 */
import { estimateTokenCount } from 'tokenx'
import type { Failure } from '../conversation/failures.ts'
import type { Usage } from '../conversation/model.ts'
import type { Answer, Inquiry, Released } from '../conversation/outcome.ts'
import { type Turn, turnText } from '../conversation/turn.ts'
import { type Result, succeed } from '../lib/result.ts'
import { answerText } from './answer-text.ts'
import type { Settlement } from './choice.ts'
import type { DraftRound } from './draft/split-choices.ts'
import { sumUsage } from './usage.ts'

/** What may leave, once every choice has an answer; the first failure otherwise. */
export function release(
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

/** An answer with the round of drafts it came from; null for a substitute, which no model wrote. */
type ReleasedAnswer = { readonly answer: Answer; readonly round: DraftRound | null }

/** What the client is told: sums over every generation call; whatever was not released counts as reasoning. */
function releasedUsage(options: {
  readonly inquiry: Inquiry
  readonly rounds: readonly DraftRound[]
  readonly released: readonly ReleasedAnswer[]
}): Usage {
  const { inquiry, rounds, released } = options
  const sum = sumUsage(rounds.map((round) => round.usage)) ?? estimatedUsage(inquiry, released)
  const visible = rounds.reduce((tokens, round) => {
    const answers = released.filter((item) => item.round === round).map((item) => item.answer)
    return tokens + visibleTokens(round, answers)
  }, 0)
  return { ...sum, reasoningTokens: Math.max(0, sum.completionTokens - visible) }
}

/** Tokens of a round that the client sees: as the upstream counted them where it told them apart, else estimated. */
function visibleTokens(round: DraftRound, answers: readonly Answer[]): number {
  if (answers.length === 0) return 0
  const usage = round.answerUsage
  const estimate = () => answers.reduce((sum, answer) => sum + answerTokens(answer), 0)
  if (!usage) return estimate()
  const whole = answers.length === round.choices.length
  const thought = round.choices.some((choice) => choice.thought)
  const split = round.strategy !== 'tagged' && (usage.reasoningTokens !== null || !thought)
  if (whole && split) return usage.completionTokens - (usage.reasoningTokens ?? 0)
  return Math.min(estimate(), usage.completionTokens)
}

function estimatedUsage(inquiry: Inquiry, released: readonly ReleasedAnswer[]): Usage {
  const texts = inquiry.turns.map((turn: Turn) => turnText(turn))
  return {
    promptTokens: estimateTokenCount(texts.join('\n')),
    completionTokens: released
      .filter(({ round }) => round !== null)
      .reduce((sum, { answer }) => sum + answerTokens(answer), 0),
    reasoningTokens: null,
    promptDetails: {},
    completionDetails: {},
  }
}

function answerTokens(answer: Answer): number {
  return estimateTokenCount(answerText(answer))
}
