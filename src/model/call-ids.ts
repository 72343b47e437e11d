/**
 * Ids of tool calls: those of one conversation are made distinct towards the client, and are the upstream's own again in the
 * next turn. Pure, and without a memory: a derived id says what it was derived from.
 */
import type { ToolCall, Turn } from '../conversation/turn.ts'

/** What ids are written in; anything else could be a sentence. */
const CALL_ID = /^[\w.:|/+=@~-]{1,128}$/

/** Ends an id that repeats one before it; with a number from 2. */
const MARK = '_same'
const DERIVED = new RegExp(`^(.+)${MARK}\\d{1,4}$`)

export function isCallId(id: string): boolean {
  return CALL_ID.test(id)
}

/**
 * Results are told apart by the ids of their calls, so an id that the message or the conversation before it has already gets a
 * mark. Calls of the older form have none.
 */
export function distinctIds(
  calls: readonly ToolCall[],
  earlier: ReadonlySet<string>,
): readonly ToolCall[] {
  const taken = new Set([...earlier, ...calls.map(({ id }) => id)])
  const last = new Map<string, number>()
  return calls.map((call) => {
    const before = last.get(call.id) ?? (earlier.has(call.id) ? 1 : 0)
    if (call.kind === 'legacy' || before === 0) {
      last.set(call.id, 1)
      return call
    }
    let number = before + 1
    while (taken.has(`${call.id}${MARK}${number}`)) number++
    last.set(call.id, number)
    return { ...call, id: `${call.id}${MARK}${number}` }
  })
}

/** The ids of all calls in a conversation. */
export function callIds(turns: readonly Turn[]): ReadonlySet<string> {
  return new Set(turns.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id }) => id)))
}

/**
 * Gives calls and their results the ids that the upstream gave them: it may know ids of another form, or take them for names.
 * Only where the results of one id stand in the order of their calls: else the marks alone tell which belongs to which.
 */
export function originalIds(turns: readonly Turn[]): readonly Turn[] {
  const restored = [...turns]
  const seen = new Set<string>()
  for (const [at, turn] of turns.entries()) {
    const { toolCalls = [] } = turn
    const originals = originalsOf(toolCalls, seen)
    if (originals.size === 0) continue
    const back = (id = ''): string => originals.get(id) ?? id
    const results = resultsAfter(turns, at)
    const ordered = (ids: readonly string[]): string =>
      ids
        .filter((id) => originals.has(id))
        .toSorted((one, other) => compare(back(one), back(other)))
        .join('\n')
    const called = ordered(toolCalls.map(({ id }) => id))
    if (called !== ordered(results.map(({ toolCallId = '' }) => toolCallId))) continue
    restored[at] = { ...turn, toolCalls: toolCalls.map((call) => ({ ...call, id: back(call.id) })) }
    for (const [offset, result] of results.entries()) {
      restored[at + 1 + offset] = { ...result, toolCallId: back(result.toolCallId) }
    }
  }
  return restored
}

/** Every id of a message that was marked, and every one that others were derived from, to the one it was. */
function originalsOf(calls: readonly ToolCall[], seen: Set<string>): ReadonlyMap<string, string> {
  const originals = new Map<string, string>()
  for (const { id } of calls) {
    const base = DERIVED.exec(id)?.[1]
    if (base !== undefined && seen.has(base)) originals.set(base, base).set(id, base)
    seen.add(id)
  }
  return originals
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function resultsAfter(turns: readonly Turn[], at: number): readonly Turn[] {
  let end = at + 1
  while (turns[end]?.role === 'tool') end++
  return turns.slice(at + 1, end)
}
