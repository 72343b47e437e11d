/**
 * What the gateway takes back of its own when a server refuses a call: what the refusal names, else what may be at fault.
 * Pure. Only additions of the gateway are ever taken back, and asides of another contract than chat's; all else that the
 * client sent is told to the client.
 */

import type { Concern, ModelFailure, Prompt } from '../conversation/model.ts'
import { causeOf, knownCode } from '../conversation/rejections.ts'
import { numberOf } from '../lib/json.ts'
import type { CapabilityFacts } from './memory.ts'
import {
  type Bound,
  FIRST_TERMS,
  LEAST_ROOM,
  LIMIT_NAMES,
  type Placement,
  type Terms,
} from './terms.ts'

/** A call as it was made, and what of it is the gateway's. */
export type Offer = {
  readonly prompt: Prompt
  readonly bound: Bound
  /** The placements that may be tried; none where an operator has set one. */
  readonly placements: readonly Placement[]
  readonly forbidsCalls: boolean
  /** Whether it asks for JSON of a form of the gateway's. */
  readonly wantsForm: boolean
  /** Whether it holds asides of the client's contract. */
  readonly hasAsides?: boolean
}

export type Concession = {
  readonly terms: Partial<Terms>
  /** What is remembered, once a call on these terms has succeeded. */
  readonly fact: CapabilityFacts
}

type Rejection = Extract<ModelFailure, { reason: 'model_rejected' }>

/** What a refusal is about, where that is the gateway's and can be taken back; else null. */
export function concede(
  failure: ModelFailure,
  terms: Terms,
  offer: Offer,
  tried: ReadonlySet<Placement>,
): Concession | null {
  if (failure.reason !== 'model_rejected') return null
  const cause = causeOf(failure.code)
  if (cause === 'context_length_exceeded') return makeRoom(failure, terms, offer)
  // An account or a rate that is too small for so many tokens is refused by the bound, before anything is written.
  const isOfTokens = cause === 'insufficient_quota' || cause === 'rate_limited'
  if (isOfTokens && failure.concern === 'limit') return lessTokens(failure, offer)
  if (cause !== null) return null
  const { prompt, placements } = offer
  switch (failure.concern) {
    case 'usage':
      return prompt.stream && terms.countsStream ? always({ countsStream: false }) : null
    case 'stream':
      return prompt.stream ? always({ streams: false }) : null
    case 'limit':
      return lowerBound(failure, terms, offer)
    case 'format':
      return offer.wantsForm ? looserForm(terms) : null
    case 'tool_choice':
      return offer.forbidsCalls && terms.toolChoice ? always({ toolChoice: false }) : null
    case 'aside':
      return offer.hasAsides && terms.asides ? always({ asides: false }) : null
    case 'state': {
      const isCarried = prompt.turns.some(({ carried }) => carried)
      return isCarried && terms.carries ? always({ carries: false }) : null
    }
    case 'role':
      return placed(placements.find((one) => one === 'leading-user' && !tried.has(one)))
    case 'turns':
      return placed(placements.find((one) => !tried.has(one)))
    default:
      return null
  }
}

/** What may be at fault where a refusal does not say: one after the other, and all of it at last. */
export function guesses(
  failure: ModelFailure,
  offer: Offer,
  facts: CapabilityFacts,
  tried: ReadonlySet<Placement>,
): readonly Concession[] {
  const { prompt, placements, forbidsCalls, wantsForm, hasAsides = false } = offer
  const untried = placements.filter((one) => !tried.has(one) && one !== 'leading-user')
  if (failure.reason === 'model_error_status' && failure.status === 500) {
    // Some servers say no more than this of a template that broke; the last placement suits most.
    return facts.placement === undefined ? listOf(placed(untried.at(-1))) : []
  }
  if (!isUnexplained(failure)) return []
  const single = [
    hasAsides && facts.asides === undefined ? always({ asides: false }) : null,
    wantsForm && facts.jsonForm === undefined ? always({ jsonForm: 'none' }) : null,
    prompt.stream && facts.countsStream === undefined ? always({ countsStream: false }) : null,
    ...untried.map(placed),
    facts.limitName === undefined ? unbound(offer, unlessSmall) : null,
    forbidsCalls && facts.toolChoice === undefined ? always({ toolChoice: false }) : null,
  ].flatMap(listOf)
  const others = single.filter(({ fact }) => fact.placement === undefined)
  return others.length > 0 && single.length > 1 ? [...single, single.reduce(both)] : single
}

/** True for a refusal of this very request that nothing explains. */
function isUnexplained(failure: ModelFailure): boolean {
  return (
    failure.reason === 'model_rejected' &&
    (failure.status === 400 || failure.status === 422) &&
    (failure.concern ?? null) === null &&
    knownCode(failure.code) === null
  )
}

const OURS: readonly (Concern | null)[] = ['aside', 'usage', 'stream', 'limit', 'turns', 'role']

/** Whether it is worth the next guess: the refusal says nothing, or speaks of what the guess itself has changed. */
export function mayGuessOn(failure: ModelFailure): boolean {
  if (isUnexplained(failure)) return true
  return failure.reason === 'model_rejected' && OURS.includes(failure.concern ?? null)
}

function always(fact: Partial<Terms>): Concession {
  return { terms: fact, fact }
}

/** For this call alone. */
function once(terms: Partial<Terms>): Concession {
  return { terms, fact: {} }
}

function placed(placement: Placement | undefined): Concession | null {
  return placement === undefined ? null : always({ placement })
}

function both(one: Concession, other: Concession): Concession {
  return { terms: { ...one.terms, ...other.terms }, fact: { ...one.fact, ...other.fact } }
}

function looserForm({ jsonForm }: Terms): Concession | null {
  if (jsonForm === 'none') return null
  return always({ jsonForm: jsonForm === 'schema' ? 'object' : 'none' })
}

/** Back to the client's own limit, or to none at all. */
function unbound(offer: Offer, lasting: (terms: Partial<Terms>) => Concession): Concession | null {
  const { parameter, least } = offer.bound
  if (least === null) return parameter === null ? lasting({ limitName: null }) : null
  return (sentBound(offer) ?? 0) > least ? lasting({ outputTokens: least }) : null
}

/** Where a server that names no number refuses the bound: what even small models write. */
const MODEST_TOKENS = 4096

/** What one client's limit has shown holds for others, too, but where it is so small that it would cut them. */
function unlessSmall(terms: Partial<Terms>): Concession {
  return (terms.outputTokens ?? MODEST_TOKENS) < MODEST_TOKENS ? once(terms) : always(terms)
}

const UNKNOWN = ['unsupported_parameter', 'unknown_parameter']

function lowerBound(failure: Rejection, terms: Terms, offer: Offer): Concession | null {
  if (sentBound(offer) === null) return null
  const isOurName = offer.bound.parameter === null
  if (isOurName && UNKNOWN.includes(failure.code ?? '')) return nextName(terms)
  return lessTokens(failure, offer) ?? (isOurName ? nextName(terms) : null)
}

/** The bound under the same name, as far as the refusal tells, or as far as it can go. */
function lessTokens({ tokens }: Rejection, offer: Offer): Concession | null {
  const sent = sentBound(offer)
  if (sent === null) return null
  const { least } = offer.bound
  const told = tokens?.output ?? null
  if (told !== null && told < sent && told >= (least ?? LEAST_ROOM)) {
    return always({ outputTokens: told })
  }
  if (least !== null) return unbound(offer, unlessSmall)
  return sent > MODEST_TOKENS ? always({ outputTokens: MODEST_TOKENS }) : null
}

/** A smaller number under the name before was no help, so the number was not at fault. */
function nextName({ limitName }: Terms): Concession | null {
  if (limitName === null) return null
  const next = LIMIT_NAMES[LIMIT_NAMES.indexOf(limitName) + 1]
  return always({ limitName: next ?? null, outputTokens: FIRST_TERMS.outputTokens })
}

/** A prompt that leaves too little for the bound is too long only if it leaves too little for an answer. */
function makeRoom({ tokens }: Rejection, terms: Terms, offer: Offer): Concession | null {
  const sent = sentBound(offer)
  if (sent === null) return null
  const { context = null, prompt = null } = tokens ?? {}
  if (context === null || prompt === null) return unbound(offer, once)
  const room = context - prompt
  if (room < LEAST_ROOM || sent <= room || terms.room <= room) return null
  return { terms: { contextTokens: context, room }, fact: { contextTokens: context } }
}

function sentBound({ prompt: { parameters }, bound }: Offer): number | null {
  const names = bound.parameter === null ? LIMIT_NAMES : [bound.parameter]
  return names.map((name) => numberOf(parameters[name])).find((value) => value !== null) ?? null
}

function listOf<Value>(value: Value | null): readonly Value[] {
  return value === null ? [] : [value]
}
