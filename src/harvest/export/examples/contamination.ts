/**
 * Finds prompts that hold text of a policy or of the protocol, as a conversation does in which a Fallback was answered: who
 * trained on them would learn with the policy in sight. Pure.
 */

import { isJsonObject, type JsonArray, type JsonValue } from '../../../lib/json.ts'
import type { Bundle, Protocol, Section } from '../../../policy/section.ts'
import { createRunIndex } from '../../../text/run-index.ts'
import { RUN_WORDS } from '../../../text/word-runs.ts'
import { joinedWords, printsOf } from '../../../text/words.ts'
import type { Example } from '../../example.ts'

/** True where the prompt or the tools hold 12 words in a row of what is known, or a message is a Fallback. */
export type IsContaminated = (example: Pick<Example, 'prompt' | 'tools'>) => boolean

export type KnownTexts = {
  /** Of every policy that the transcripts were made under, and those that serve. */
  readonly bundles: readonly Bundle[]
  readonly protocols: readonly Protocol[]
}

export function createContaminationScan({ bundles, protocols }: KnownTexts): IsContaminated {
  const sections = bundles.flatMap((bundle) => bundle.sections)
  const texts = [
    ...protocols.flatMap((protocol) => Object.values(protocol.texts)),
    ...bundles.flatMap((bundle) => Object.values(bundle.style)),
    ...sections.flatMap(textsOf),
  ]
  const runs = createRunIndex(RUN_WORDS)
  for (const text of new Set(texts)) runs.add(printsOf(joinedWords(text)))
  const fallbacks = new Set(
    [
      ...protocols.map((protocol) => protocol.texts.fallback ?? ''),
      ...sections.map((section) => section.fallback),
    ]
      .map((text) => text.trim())
      .filter((text) => text !== ''),
  )
  const quotes = (text: string) =>
    text.length > RUN_WORDS && runs.overlaps(printsOf(joinedWords(text)))
  return ({ prompt, tools }) => {
    const all = [...stringsOf(prompt), ...stringsOf(tools)]
    return all.some((text) => fallbacks.has(text.trim()) || quotes(text))
  }
}

function textsOf(section: Section): readonly string[] {
  const { title, summary, definitions, allowed, disallowed, rationale, examples } = section
  return [
    `${title} ${summary}`,
    definitions,
    allowed,
    disallowed,
    rationale,
    examples,
    section.safeCompletion,
    section.fallback,
    ...Object.values(section.style),
    ...section.clauses.map((clause) => clause.text),
  ]
}

const DATA_URL = /^data:[^,]{0,200};base64,/

/** Every text, but for media in base64. */
function stringsOf(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return DATA_URL.test(value) ? [] : [value]
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return (value as JsonArray).flatMap(stringsOf)
  return isJsonObject(value) ? Object.values(value).flatMap(stringsOf) : []
}
