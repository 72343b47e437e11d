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
import type { Placement } from '../memory.ts'
import { neutraliseTurn } from '../neutralise.ts'
import { fillText } from '../protocol-texts.ts'
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

/** The prompt of a draft, in a form and for the placement that the upstream takes. */
export function renderDraft(
  composition: Composition,
  form: DraftForm,
  placement: Placement,
): Prompt {
  return {
    model: composition.inquiry.model,
    turns: surround(composition, renderFinal(composition.protocol, form), placement),
    parameters:
      form.kind === 'first-pass' ? firstPassParameters(composition) : draftParameters(composition),
    order: composition.inquiry.order,
    stream: composition.inquiry.stream,
  }
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

/** The client's parameters, its limit widened by the budget of the reasoning that shares the completion. */
function draftParameters({ inquiry, bundle, choices }: Composition): JsonObject {
  const { limit, parameters } = inquiry
  return {
    ...parameters,
    ...(limit ? { [limit.parameter]: limit.tokens + bundle.deliberation.reasoningTokens } : {}),
    ...(choices > 1 ? { n: choices } : {}),
  }
}

function firstPassParameters({ inquiry, bundle }: Composition): JsonObject {
  const { limit, parameters } = inquiry
  const kept = Object.entries(parameters).filter(([name]) => !ANSWER_PARAMETERS.includes(name))
  return {
    ...Object.fromEntries(kept),
    ...(limit ? { [limit.parameter]: bundle.deliberation.reasoningTokens } : {}),
    ...(isFilled(parameters.tools) ? { tool_choice: 'none' } : {}),
    ...(isFilled(parameters.functions) ? { function_call: 'none' } : {}),
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
