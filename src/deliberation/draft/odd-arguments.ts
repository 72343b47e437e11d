/**
 * Whether a choice calls a tool with what no program can read: two JSON values run together, or none; or no tool at all. Pure.
 */
import type { CompletionChoice } from '../../conversation/model.ts'
import type { ToolCall } from '../../conversation/turn.ts'
import { parseJson } from '../../lib/json.ts'
import { JsonProgress } from '../../lib/json-progress.ts'

export function hasOddArguments({ toolCalls, finishReason }: CompletionChoice): boolean {
  return toolCalls.some((call, at) => {
    if (call.name === '') return true
    if (isReadable(call)) return false
    // What the limit cut is a beginning, and the finish reason says so.
    const isCut = finishReason === 'length' && at === toolCalls.length - 1
    return !(isCut && isBeginning(call.arguments))
  })
}

/** A tool without parameters is called with nothing; the input of a custom one is free text. */
function isReadable({ kind, arguments: text }: ToolCall): boolean {
  return kind === 'custom' || text.trim() === '' || parseJson(text).ok
}

/** An array or object that has not ended. */
function isBeginning(text: string): boolean {
  const progress = new JsonProgress()
  progress.push(text)
  return /^\s*[[{]/.test(text) && !progress.isClosed
}
