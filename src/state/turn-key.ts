/**
 * The key under which the state of an assistant's turn is kept: a digest of whose it is, of what was said, and of what it answered.
 * Pure. Ids of calls alone would not do: servers count theirs anew for everybody (`call_0`), and one person's reasoning must never
 * come into another's conversation.
 */
import { type ToolCall, type Turn, turnText } from '../conversation/turn.ts'
import { canonicalJson, parseJson } from '../lib/json.ts'

export type TurnOwner = { readonly tenant: string; readonly subject: string | null }

/** What a turn is told apart by, as text for a digest; null where it says nothing. */
export function turnIdentity(owner: TurnOwner, turn: Turn, before: Turn | null): string | null {
  const { toolCalls = [] } = turn
  const said = toolCalls.length > 0 ? callsOf(toolCalls) : wordsOf(turn)
  if (said.length === 0) return null
  const answered = before === null ? '' : wordsOf(before)
  return JSON.stringify([owner.tenant, owner.subject, said, answered])
}

/** The nearest turn before it that is not the assistant's. */
export function turnBefore(turns: readonly Turn[], at: number): Turn | null {
  return turns.slice(0, at).findLast(({ role }) => role !== 'assistant') ?? null
}

/** Clients trim what they keep. */
function wordsOf(turn: Turn): string {
  return turnText(turn).trim()
}

/** In one order, since some clients have another. */
function callsOf(calls: readonly ToolCall[]): readonly (readonly string[])[] {
  const told = calls.map(({ id, name, arguments: text }) => [id, name, sameJson(text)])
  return told.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

/** Clients write arguments anew, with other white space, another order and other escapes. */
function sameJson(text: string): string {
  const parsed = parseJson(text.trim() === '' ? '{}' : text)
  if (!parsed.ok) return text
  try {
    return canonicalJson(parsed.value)
  } catch {
    return text
  }
}
