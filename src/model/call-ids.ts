/**
 * Ids of tool calls: those of one message are made distinct towards the client, and are the upstream's own again in the next
 * turn. Pure, and without a memory: a derived id says what it was derived from.
 */
import type { ToolCall, Turn } from '../conversation/turn.ts'

/** What ids are written in; anything else could be a sentence. */
const CALL_ID = /^[\w.:|/+=@~-]{1,128}$/

/** Ends an id that repeats one before it in the same message; with a number from 2. */
const MARK = '_same'
const DERIVED = new RegExp(`^(.+)${MARK}\\d{1,4}$`)

export function isCallId(id: string): boolean {
  return CALL_ID.test(id)
}

/** Results are told apart by the ids of their calls, so a repeated id gets a mark. Calls of the older form have none. */
export function distinctIds(calls: readonly ToolCall[]): readonly ToolCall[] {
  const taken = new Set(calls.map(({ id }) => id))
  const last = new Map<string, number>()
  return calls.map((call) => {
    const before = last.get(call.id)
    if (call.kind === 'legacy' || before === undefined) {
      last.set(call.id, 1)
      return call
    }
    let number = before + 1
    while (taken.has(`${call.id}${MARK}${number}`)) number++
    last.set(call.id, number)
    return { ...call, id: `${call.id}${MARK}${number}` }
  })
}

/**
 * Gives calls and their results the ids that the upstream gave them: it may know ids of another form, or take them for names.
 * Only where the results stand in the order of their calls: else the marks alone tell which belongs to which.
 */
export function originalIds(turns: readonly Turn[]): readonly Turn[] {
  const restored = [...turns]
  for (const [at, { role, toolCalls = [] }] of turns.entries()) {
    if (role !== 'assistant') continue
    const originals = originalsOf(toolCalls)
    if (originals.size === 0) continue
    const results = resultsAfter(turns, at)
    const called = toolCalls.map(({ id }) => id).filter((id) => originals.has(id))
    const answered = results.map(({ toolCallId = '' }) => toolCallId)
    if (called.join('\n') !== answered.filter((id) => originals.has(id)).join('\n')) continue
    const back = (id: string): string => originals.get(id) ?? id
    restored[at] = {
      ...(turns[at] as Turn),
      toolCalls: toolCalls.map((call) => ({ ...call, id: back(call.id) })),
    }
    for (const [offset, result] of results.entries()) {
      restored[at + 1 + offset] = { ...result, toolCallId: back(result.toolCallId ?? '') }
    }
  }
  return restored
}

/** Every id of a message that was marked, and every one that others were derived from, to the one it was. */
function originalsOf(calls: readonly ToolCall[]): ReadonlyMap<string, string> {
  const originals = new Map<string, string>()
  const seen = new Set<string>()
  for (const { id } of calls) {
    const base = DERIVED.exec(id)?.[1]
    if (base !== undefined && seen.has(base)) originals.set(base, base).set(id, base)
    seen.add(id)
  }
  return originals
}

function resultsAfter(turns: readonly Turn[], at: number): readonly Turn[] {
  const rest = turns.slice(at + 1)
  const end = rest.findIndex((turn) => turn.role !== 'tool')
  return end === -1 ? rest : rest.slice(0, end)
}
