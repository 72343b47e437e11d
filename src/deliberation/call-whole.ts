/**
 * Calls a model and makes sure that it read all of the prompt. I/O through the model port.
 * Some servers shorten in silence what is longer than their window, from the middle or the start, where the policy stands: an answer
 * to the rest must never count as one that was written, or judged, by the policy.
 */
import type {
  CallOptions,
  Completion,
  Model,
  ModelFailure,
  Prompt,
  Usage,
} from '../conversation/model.ts'
import { turnText } from '../conversation/turn.ts'
import { fail, type Result } from '../lib/result.ts'

/** No tokenizer in use joins a word with the next, and none that only estimates counts so few. */
const WORD = /\S+/g

/** Of the words sent, at least this share is counted by a server that read them: templates leave out little. */
const LEAST_SHARE = 0.8

/**
 * The smallest window of servers that cut in silence (Ollama's first default). A smaller count is none of the prompt: of what a
 * cache missed, of a test's making, or of nothing.
 */
const SMALLEST_WINDOW = 2048

/** Prose has a word in more characters than these: a count beyond them is not looked into. */
const CHARACTERS_PER_WORD = 5

/** As `model.complete`; a prompt that did not arrive whole is the failure `prompt_truncated`. */
export async function callWhole(
  model: Model,
  prompt: Prompt,
  options: CallOptions,
): Promise<Result<Completion, ModelFailure>> {
  const result = await model.complete(prompt, options)
  const shortfall = result.ok && result.value.usage ? missing(prompt, result.value.usage) : null
  return shortfall ? fail({ reason: 'prompt_truncated', ...shortfall }) : result
}

function missing(prompt: Prompt, usage: Usage) {
  // Some servers count apart what they had cached.
  const promptTokens = usage.promptTokens + (usage.promptDetails.cached_tokens ?? 0)
  if (promptTokens < SMALLEST_WINDOW) return null
  const texts = prompt.turns.map(turnText)
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  if (promptTokens * CHARACTERS_PER_WORD >= characters) return null
  const sentTokens = texts.reduce((sum, text) => sum + countWords(text), 0)
  return promptTokens < sentTokens * LEAST_SHARE ? { promptTokens, sentTokens } : null
}

function countWords(text: string): number {
  let words = 0
  for (const _ of text.matchAll(WORD)) words++
  return words
}
