/**
 * Whether the decision that a draft declared is of the kind of its answer: words, refusals and tool calls, under a schema and in
 * whatever language. Pure. Where words do not tell, the check passes and says so: the judge reads what this cannot.
 */
import type { Check, Draft } from '../conversation/outcome.ts'
import type { Bundle, Protocol } from '../policy/section.ts'
import { foldForMatching } from '../text/fold.ts'
import { type AnswerKind, kindOfAnswer } from './answer-kind.ts'

export type ConsistencyOptions = {
  readonly draft: Draft
  readonly bundle: Bundle
  readonly protocol: Protocol
}

export function checkConsistency({ draft, bundle, protocol }: ConsistencyOptions): Check {
  const { decision, answer } = draft
  const acts = answer.parts.some((part) => part.kind === 'tool_call')
  const refusals = answer.parts.filter((part) => part.kind === 'refusal')
  const text = answer.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n')
  // A decision between the two may come with either.
  if (decision === null || decision === 'safe_complete') return passed(null)
  if (acts) return decision === 'refuse' ? failed('refuse_with_tool_call') : passed(null)
  if (refusals.length > 0 && text.trim() === '') {
    return decision === 'comply' ? failed('comply_with_refusal') : passed(null)
  }
  const kind = isReadyRefusal(text, bundle, protocol) ? 'refusal' : kindOfAnswer(text)
  return decision === 'refuse' ? asRefusal(kind) : asCompliance(kind, refusals.length > 0)
}

function asRefusal(kind: AnswerKind): Check {
  if (kind === 'help') return failed('refuse_with_help')
  return passed(kind === 'undecided' ? kind : null)
}

function asCompliance(kind: AnswerKind, declinesToo: boolean): Check {
  if (kind === 'refusal' || declinesToo) return failed('comply_with_refusal')
  return passed(kind === 'help' ? null : 'undecided')
}

/** What the policy says itself in place of an answer declines by definition. */
function isReadyRefusal(text: string, { sections }: Bundle, { texts }: Protocol): boolean {
  const said = plain(text)
  return [texts.fallback ?? '', ...sections.map(({ fallback }) => fallback)].some((fallback) => {
    const ready = plain(fallback)
    return ready !== '' && said === ready
  })
}

function plain(text: string): string {
  return foldForMatching(text).replace(/\s+/g, ' ').trim()
}

function passed(reason: string | null): Check {
  return { name: 'consistency', passed: true, reason }
}

function failed(reason: string): Check {
  return { name: 'consistency', passed: false, reason }
}
