/** The tokens of a deliberation, generation and judging apart. No I/O. */
import type { Deliberation } from '../deliberation/outcome.ts'
import type { Usage } from '../model/model.ts'

export type TranscriptUsage = {
  /** Every draft, failed ones too; null when no upstream said. */
  readonly generation: Usage | null
  readonly judge: Usage | null
}

export function usageOf({ attempts, outcome }: Deliberation): TranscriptUsage {
  return {
    generation: outcome.ok ? outcome.value.usage : sum(attempts.map(({ usage }) => usage)),
    judge: sum(attempts.flatMap(({ verdicts }) => verdicts.map(({ usage }) => usage))),
  }
}

function sum(usages: readonly (Usage | null)[]): Usage | null {
  return usages.reduce(
    (total, usage) => (total && usage ? add(total, usage) : (total ?? usage)),
    null,
  )
}

function add(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    reasoningTokens: addKnown(a.reasoningTokens, b.reasoningTokens),
    cachedPromptTokens: addKnown(a.cachedPromptTokens, b.cachedPromptTokens),
    audioPromptTokens: addKnown(a.audioPromptTokens, b.audioPromptTokens),
    audioCompletionTokens: addKnown(a.audioCompletionTokens, b.audioCompletionTokens),
  }
}

function addKnown(a: number | null, b: number | null): number | null {
  return a === null ? b : a + (b ?? 0)
}
