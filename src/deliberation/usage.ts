/** Sums of tokens and times over the calls of one deliberation. Pure. */
import { estimateTokenCount } from 'tokenx'
import type { CallTimings, Usage } from '../conversation/model.ts'
import type { Answer, Inquiry } from '../conversation/outcome.ts'
import { type Turn, turnText } from '../conversation/turn.ts'
import { answerText } from './answer-text.ts'
import type { DraftRound } from './draft/draft-round.ts'

/** The sum of what upstreams counted; null where none of them did. */
export function sumUsage(usages: readonly (Usage | null)[]): Usage | null {
  const counted = usages.filter((usage) => usage !== null)
  if (counted.length === 0) return null
  const total = (field: keyof Usage) => counted.reduce((sum, usage) => sum + (usage[field] ?? 0), 0)
  const known = (field: keyof Usage) =>
    counted.some((usage) => usage[field] !== null) ? total(field) : null
  return {
    promptTokens: total('promptTokens'),
    completionTokens: total('completionTokens'),
    reasoningTokens: known('reasoningTokens'),
    cachedPromptTokens: known('cachedPromptTokens'),
    audioPromptTokens: known('audioPromptTokens'),
    audioCompletionTokens: known('audioCompletionTokens'),
  }
}

/** The timings of calls made one after the other, as of one call. */
export function sumTimings(timings: readonly CallTimings[]): CallTimings {
  return {
    firstByteMs: timings[0]?.firstByteMs ?? 0,
    totalMs: timings.reduce((sum, timing) => sum + timing.totalMs, 0),
    tries: timings.reduce((sum, timing) => sum + timing.tries, 0),
  }
}

/** An answer with the round of drafts it came from; null for a substitute, which no model wrote. */
export type ReleasedAnswer = { readonly answer: Answer; readonly round: DraftRound | null }

/** What the client is told: sums over every generation call; whatever was not released counts as reasoning. */
export function releasedUsage(options: {
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
    cachedPromptTokens: null,
    audioPromptTokens: null,
    audioCompletionTokens: null,
  }
}

function answerTokens(answer: Answer): number {
  return estimateTokenCount(answerText(answer))
}
