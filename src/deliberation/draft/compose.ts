/**
 * Composes the prompt of a draft: protocol and summaries first, the client's turns, then the relevant sections and the
 * final instructions, so that a long conversation cannot drown them. Pure. It never sees reasoning (see second-pass.ts).
 */

import { ANSWER_PARAMETERS } from '../../conversation/answer-parameters.ts'
import type { Prompt } from '../../conversation/model.ts'
import type { Inquiry } from '../../conversation/outcome.ts'
import { type Role, type Turn, turnText } from '../../conversation/turn.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { renderSections, renderStyles } from '../../policy/render.ts'
import type { Bundle, Protocol, Section } from '../../policy/section.ts'
import { neutraliseTurn } from '../neutralise.ts'
import { fillText } from '../protocol-texts.ts'
import {
  type Bound,
  boundParameter,
  DEFAULT_ANSWER_TOKENS,
  type Placement,
  type Terms,
} from '../terms.ts'
import { withoutAsides } from './asides.ts'
import { withoutMark } from './begun-answer.ts'
import { type Redraft, renderRedraft } from './redraft.ts'

/** All that a prompt is made of, but the placement and the words that differ from draft to draft. */
export type Composition = {
  readonly inquiry: Inquiry
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly preamble: string
  /** The sections given in full, in the bundle's order. */
  readonly sections: readonly Section[]
  /** How many answers this call is for. */
  readonly choices: number
  readonly redraft: Redraft | null
}

/** All that the prompt of a first draft is made of. */
export function compose(parts: Omit<Composition, 'choices' | 'redraft'>): Composition {
  return { ...parts, choices: parts.inquiry.choices, redraft: null }
}

export type DraftForm =
  | { readonly kind: 'tagged'; readonly nonce: string }
  | { readonly kind: 'native' }
  | { readonly kind: 'first-pass'; readonly nonce: string }

/** The prompt of a draft, in a form and on the terms that the upstream takes. */
export function renderDraft(composition: Composition, form: DraftForm, terms: Terms): Prompt {
  const { inquiry, protocol, choices } = composition
  const isFirstPass = form.kind === 'first-pass'
  const asked = isFirstPass ? { ...composition, inquiry: withoutMark(inquiry) } : composition
  return renderPrompt(composition, {
    turns: surround(asked, renderFinal(protocol, form), terms.placement),
    parameters: isFirstPass
      ? firstPassParameters(inquiry, terms)
      : { ...inquiry.parameters, ...(choices > 1 ? { n: choices } : {}) },
    bound: boundOf(composition, form.kind),
    terms,
  })
}

/** A prompt of these turns and parameters, bounded, on these terms. */
export function renderPrompt(
  { inquiry }: Composition,
  options: Pick<Prompt, 'turns' | 'parameters'> & { readonly bound: Bound; readonly terms: Terms },
): Prompt {
  const { bound, terms } = options
  const { turns: given, parameters } = terms.asides ? options : withoutAsides(options, inquiry)
  const turns = terms.carries ? given : given.map(withoutState)
  return {
    model: inquiry.model,
    turns,
    parameters: { ...parameters, ...boundParameter(bound, terms, { turns, parameters }) },
    order: inquiry.order,
    stream: inquiry.stream && terms.streams,
    countsStream: terms.countsStream,
  }
}

function withoutState(turn: Turn): Turn {
  const { carried: _carried, ...rest } = turn
  return rest
}

/**
 * The bound of a call: the client's limit, widened by the budget of the reasoning where that shares the completion; a first
 * pass has the budget alone. Where the client sets none, an answer has a bound of the gateway's, and a first pass that much
 * as well: models that reason by themselves do so before they write what they are asked for.
 */
export function boundOf(
  { inquiry, bundle }: Composition,
  kind: DraftForm['kind'] | 'second-pass',
): Bound {
  const { limit } = inquiry
  const budget = bundle.deliberation.reasoningTokens
  if (!limit) {
    const most = DEFAULT_ANSWER_TOKENS + (kind === 'second-pass' ? 0 : budget)
    return { parameter: null, least: null, most }
  }
  const { parameter, tokens } = limit
  if (kind === 'first-pass') return { parameter, least: null, most: budget }
  return { parameter, least: tokens, most: kind === 'second-pass' ? tokens : tokens + budget }
}

/** The client's turns between the preamble and the guidance, the redraft's points and the given final instructions. */
export function surround(
  composition: Composition,
  final: string,
  placement: Placement,
): Prompt['turns'] {
  const { inquiry, bundle, protocol, preamble, sections, redraft } = composition
  const guidance = fillText(protocol, 'guidance', {
    sections: renderSections(sections),
    ...renderStyles(bundle, sections),
  })
  const points = redraft ? [renderRedraft(protocol, redraft)] : []
  return placeInstructions({
    preamble,
    turns: inquiry.turns,
    instructions: [guidance, ...points, final].join('\n\n'),
    placement,
    protocol,
  })
}

function renderFinal(protocol: Protocol, form: DraftForm): string {
  const stages = fillText(protocol, 'stages', {})
  if (form.kind === 'native') return fillText(protocol, 'final-native', { stages })
  const name = form.kind === 'tagged' ? 'final-tagged' : 'final-first-pass'
  return fillText(protocol, name, { stages, nonce: form.nonce })
}

function firstPassParameters({ parameters }: Inquiry, { toolChoice }: Terms): JsonObject {
  const kept = Object.entries(parameters).filter(([name]) => !ANSWER_PARAMETERS.includes(name))
  return { ...Object.fromEntries(kept), ...(toolChoice ? forbiddenCalls(parameters) : {}) }
}

/** What keeps a first pass from calling tools; empty where there are none. */
export function forbiddenCalls({ tools, functions }: JsonObject): JsonObject {
  return {
    ...(isFilled(tools) ? { tool_choice: 'none' } : {}),
    ...(isFilled(functions) ? { function_call: 'none' } : {}),
  }
}

/** Upstreams refuse a choice between tools where there are none, and many clients send an empty list or null. */
function isFilled(list: JsonValue | undefined): boolean {
  return Array.isArray(list) && list.length > 0
}

/**
 * The policy's messages around the client's turns. Those stay in order, with their roles and words; only listed control
 * tokens are made harmless.
 */
function placeInstructions(options: {
  readonly preamble: string
  readonly turns: readonly Turn[]
  readonly instructions: string
  readonly placement: Placement
  readonly protocol: Protocol
}): readonly Turn[] {
  const { preamble, instructions, placement, protocol } = options
  const turns = options.turns.map(neutraliseTurn)
  // Some upstreams refuse a request that mixes the two names of the role.
  const role: Role = turns.some((turn) => turn.role === 'developer') ? 'developer' : 'system'
  if (placement === 'leading-user') return beginFirst(`${preamble}\n\n${instructions}`, turns)
  if (placement === 'leading-merged') {
    return mergeLeading({ preamble, instructions, turns, role, protocol })
  }
  return [
    { role, content: preamble },
    ...turns,
    { role: placement === 'trailing-user' ? 'user' : role, content: instructions },
  ]
}

/** Chat templates that need this take one system message alone, so the client's leading one is merged too. */
function mergeLeading(options: {
  readonly preamble: string
  readonly instructions: string
  readonly turns: readonly Turn[]
  readonly role: Role
  readonly protocol: Protocol
}): readonly Turn[] {
  const { preamble, instructions, turns, role, protocol } = options
  const [first, ...rest] = turns
  if (first === undefined || (first.role !== 'system' && first.role !== 'developer')) {
    return [{ role, content: `${preamble}\n\n${instructions}` }, ...turns]
  }
  const operator = fillText(protocol, 'operator', { instructions: turnText(first) })
  return [{ role, content: `${preamble}\n\n${operator}\n\n${instructions}` }, ...rest]
}

/** Before the words of the first turn, where that is the user's: templates without a system role want roles to alternate. */
function beginFirst(text: string, turns: readonly Turn[]): readonly Turn[] {
  const [first, ...rest] = turns
  if (first?.role !== 'user') return [{ role: 'user', content: text }, ...turns]
  const content =
    typeof first.content === 'string'
      ? `${text}\n\n${first.content}`
      : [{ kind: 'text', text } as const, ...(first.content ?? [])]
  return [{ ...first, content }, ...rest]
}
