/**
 * How a refusal stands in an answer: as its text, or as a refusal where the client parses JSON and would stumble over prose.
 * Pure. It moves words that were reviewed and writes none.
 */

import type { Answer, Draft, Inquiry, OutputPart } from '../conversation/outcome.ts'
import { parseJson } from '../lib/json.ts'

/** Words that decline, as the part that the client can tell for what they are. */
export function refusalPart(text: string, { demands }: Inquiry): OutputPart {
  return { kind: demands.structured ? 'refusal' : 'text', text }
}

/** The answer of a draft as it is released. */
export function presentAnswer({ decision, answer }: Draft, inquiry: Inquiry): Answer {
  const acts = answer.parts.some((part) => part.kind === 'tool_call')
  if (decision !== 'refuse' || acts) return answer
  // A client whose own schema has room for a refusal reads it there.
  const parts = answer.parts.map((part) =>
    part.kind === 'text' && !parseJson(part.text).ok ? refusalPart(part.text, inquiry) : part,
  )
  const moved = parts.some((part, index) => part.kind !== answer.parts[index]?.kind)
  return moved ? { ...answer, parts, logprobs: null } : answer
}
