/**
 * The prompts of the documents job. Pure. The policy stands whole before every one of them, in the same bytes, so that
 * providers cache it; reasoning of transcripts is never in any.
 */

import type { Prompt } from '../../conversation/model.ts'
import type { Turn } from '../../conversation/turn.ts'
import {
  type Bound,
  boundParameter,
  DEFAULT_ANSWER_TOKENS,
  type Terms,
} from '../../deliberation/terms.ts'
import type { JsonObject } from '../../lib/json.ts'
import { renderSections, renderSummaries } from '../../policy/render.ts'
import type { Bundle } from '../../policy/section.ts'
import type { MsmPlan } from './plan.ts'
import { LIST_FORMAT } from './read-reply.ts'
import type { MsmTexts } from './texts.ts'

/** What a call is about: the names above it in the tree. */
export type MsmTopic =
  | { readonly step: 'domains' }
  | { readonly step: 'subdomains'; readonly domain: string; readonly domains: readonly string[] }
  | {
      readonly step: 'types' | 'assertions'
      readonly domain: string
      readonly subdomain: string
    }
  | {
      readonly step: 'ideas'
      readonly domain: string
      readonly subdomain: string
      readonly type: string
      readonly assertions: readonly string[]
      readonly precedents: readonly string[]
    }
  | {
      readonly step: 'document'
      readonly domain: string
      readonly subdomain: string
      readonly type: string
      readonly idea: string
    }

/** No list and no document is longer than an answer may be. */
export const MSM_BOUND: Bound = { parameter: null, least: null, most: DEFAULT_ANSWER_TOKENS }

export type ComposeMsm = (
  topic: MsmTopic,
  form: {
    /** Of a list: at most so many. */
    readonly count: number
    readonly terms: Terms
  },
) => Prompt

export function createComposeMsm(options: {
  readonly texts: MsmTexts
  readonly bundle: Bundle
  readonly plan: Pick<MsmPlan, 'model' | 'assistant'>
}): ComposeMsm {
  const { texts, bundle, plan } = options
  const { assistant, model } = plan
  const system = texts.fill('spec', { assistant, title: bundle.title, spec: renderSpec(bundle) })
  return (topic, { count, terms }) => {
    const isList = topic.step !== 'document'
    const asked = renderTopic(texts, topic, assistant)
    const closing = texts.fill('list', { what: topic.step, count: String(count) })
    const isStrict = isList && terms.jsonForm === 'schema'
    const format: JsonObject = isStrict ? { response_format: LIST_FORMAT } : {}
    const turns: readonly Turn[] = [
      { role: 'system', content: system },
      { role: 'user', content: isList ? `${asked}\n\n${closing}` : asked },
    ]
    const bound = boundParameter(MSM_BOUND, terms, { turns, parameters: {} })
    return { model, turns, parameters: { ...format, ...bound }, stream: false }
  }
}

/** The whole policy, as models read it. */
function renderSpec(bundle: Bundle): string {
  const { comply, safe_complete: safeComplete, refuse } = bundle.style
  return [
    `## All sections, in summary\n\n${renderSummaries(bundle)}`,
    `## All sections, in full\n\n${renderSections(bundle.sections)}`,
    `## How to answer in full\n\n${comply}`,
    `## How to answer in part\n\n${safeComplete}`,
    `## How to decline\n\n${refuse}`,
  ].join('\n\n')
}

function renderTopic(texts: MsmTexts, topic: MsmTopic, assistant: string): string {
  switch (topic.step) {
    case 'domains':
      return texts.fill('domains', {})
    case 'subdomains':
      return texts.fill('subdomains', { ...topic, domains: topic.domains.join('; ') })
    case 'types':
      return texts.fill('types', topic)
    case 'assertions':
      return texts.fill('assertions', { ...topic, assistant })
    case 'ideas': {
      const { precedents } = topic
      const items = precedents.join('\n')
      const seeds =
        precedents.length > 0 ? `${texts.fill('precedents', { assistant, items })}\n` : ''
      const assertions = topic.assertions.map((assertion) => `- ${assertion}`).join('\n')
      return texts.fill('ideas', { ...topic, assistant, assertions, precedents: seeds })
    }
    case 'document':
      return texts.fill('document', { ...topic, assistant })
  }
}
