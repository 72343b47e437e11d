/**
 * Which tools the stand-in calls, and with which arguments: made from the tool's JSON schema, never from the text.
 * No I/O. It calls when it must (`tool_choice`), when the user's text names a tool, or when a marker says so.
 */
import type { CompletionRequest } from './chat-request.ts'
import { type Markers, withoutMarkers } from './markers.ts'
import type { ReplyCall } from './reply.ts'
import { schemaInstance } from './schema-instance.ts'

type Offer = Pick<ReplyCall, 'kind' | 'name' | 'arguments'>

type Occasion = {
  readonly userText: string
  readonly markers: Markers
  /** True where the conversation waits for words about a tool's result. */
  readonly answersTool: boolean
  /** Hex digits that make the call ids, different for each choice. */
  readonly seed: string
}

const ARGUMENT_FILLER = 'stand-in'

export function chooseToolCalls(
  request: CompletionRequest,
  occasion: Occasion,
): readonly ReplyCall[] {
  const offers = [...(request.tools ?? []).map(offerTool), ...(request.functions ?? []).map(legacy)]
  const chosen = choose(offers, request, occasion)
  const bounded = request.parallel_tool_calls === false ? chosen.slice(0, 1) : chosen
  return bounded.map((offer, index) => ({
    ...offer,
    id: `call_${occasion.seed.slice(0, 20)}${index.toString(16).padStart(4, '0')}`,
  }))
}

function choose(
  offers: readonly Offer[],
  request: CompletionRequest,
  occasion: Occasion,
): readonly Offer[] {
  const choice = request.tool_choice ?? request.function_call ?? 'auto'
  if (choice === 'none') return []
  if (choice === 'required') return wanted(offers, occasion, offers.slice(0, 1))
  if (choice === 'auto') return wanted(offers, occasion, [])
  if (!('type' in choice)) return named(offers, choice.name)
  switch (choice.type) {
    case 'function':
      return named(offers, choice.function.name)
    case 'custom':
      return named(offers, choice.custom.name)
    case 'allowed_tools': {
      const { mode, tools } = choice.allowed_tools
      const names = tools.map((tool) => tool.function?.name ?? tool.custom?.name)
      const allowed = offers.filter((offer) => names.includes(offer.name))
      return wanted(allowed, occasion, mode === 'required' ? allowed.slice(0, 1) : [])
    }
  }
}

function named(offers: readonly Offer[], name: unknown): readonly Offer[] {
  return offers.filter((offer) => offer.name === name).slice(0, 1)
}

function wanted(
  offers: readonly Offer[],
  occasion: Occasion,
  otherwise: readonly Offer[],
): readonly Offer[] {
  if (occasion.answersTool) return []
  const marked = occasion.markers.get('tool')
  if (marked === 'all') return offers
  const names = marked?.split(',').map((name) => name.trim())
  const text = withoutMarkers(occasion.userText)
  const called = offers.filter(({ name }) => (names ? names.includes(name) : text.includes(name)))
  return called.length > 0 ? called : otherwise
}

type Tool = NonNullable<CompletionRequest['tools']>[number]
type LegacyFunction = NonNullable<CompletionRequest['functions']>[number]

function offerTool(tool: Tool): Offer {
  if (tool.type === 'custom') {
    return { kind: 'custom', name: tool.custom.name, arguments: ARGUMENT_FILLER }
  }
  return { ...legacy(tool.function), kind: 'function' }
}

function legacy(definition: LegacyFunction): Offer {
  const fitting = schemaInstance(definition.parameters ?? { type: 'object' }, ARGUMENT_FILLER)
  return { kind: 'legacy', name: definition.name, arguments: JSON.stringify(fitting ?? {}) }
}
