/**
 * Composes the prompts of the judge. Pure. One of the few files that reveal reasoning, and only for the reasoning channel:
 * the answer channel's prompt is made without ever opening it.
 * Whatever others wrote is JSON-encoded between random delimiters, files and pictures stand between such lines as they are, and
 * the instructions are repeated after all of it.
 */

import type { Prompt } from '../../conversation/model.ts'
import type { Answer, Opinion, OutputPart } from '../../conversation/outcome.ts'
import { type Reasoning, revealReasoning } from '../../conversation/reasoning.ts'
import type { Part, ToolCall, Turn } from '../../conversation/turn.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { renderSections, renderStyles, renderSummaries } from '../../policy/render.ts'
import type { Bundle, Protocol, Section } from '../../policy/section.ts'
import { neutraliseText } from '../neutralise.ts'
import { fillText } from '../protocol-texts.ts'
import { clauseIds } from '../select.ts'
import { type Bound, boundParameter, type Terms } from '../terms.ts'
import { type Channel, jsonFormat, verdictFields, verdictSchema } from './verdict-schema.ts'

export type JudgeMaterial = {
  readonly model: string
  readonly bundle: Bundle
  readonly protocol: Protocol
  readonly turns: readonly Turn[]
  readonly answer: Answer
  /** Definitions of the tools that the answer calls. */
  readonly tools: readonly JsonValue[]
  /** The sections given in full, whose clauses are to be found upon. */
  readonly sections: readonly Section[]
  /** What others held to be right; none where the exchange is a client's own. */
  readonly opinions: readonly Opinion[]
}

/** What every prompt about one draft shares, rendered once for both channels and all samples. */
export type PreparedMaterial = {
  readonly material: JudgeMaterial
  readonly sections: string
  readonly styles: ReturnType<typeof renderStyles>
  readonly summaries: string
  /** JSON, control tokens neutralised. */
  readonly conversation: string
  /** Null where the answer calls none. */
  readonly tools: string | null
  /** Null where there are none. */
  readonly opinions: string | null
  readonly answer: string
  readonly media: readonly JsonObject[]
}

export type JudgePrompt = { readonly prompt: Prompt; readonly holdsMedia: boolean }

export type JudgeForm = {
  readonly delimiter: string
  /** Where these rule out a strict schema, it stands in the prompt. */
  readonly terms: Terms
}

/** What a verdict may take, in tokens: a finding for each clause, and room for a judge that thinks by itself. */
const VERDICT_TOKENS = 8_192
const FINDING_TOKENS = 128

/** The bound of a call that asks for a verdict on so many clauses. */
export function verdictBound(clauses: number): Bound {
  return { parameter: null, least: null, most: VERDICT_TOKENS + FINDING_TOKENS * clauses }
}

/** Renders what the prompts of one draft share. */
export function prepareMaterial(material: JudgeMaterial): PreparedMaterial {
  const media: JsonObject[] = []
  return {
    material,
    sections: renderSections(material.sections),
    styles: renderStyles(material.bundle, material.sections),
    summaries: renderSummaries(material.bundle),
    conversation: encode(material.turns.map((turn) => turnData(turn, media))),
    tools: material.tools.length > 0 ? encode(material.tools) : null,
    opinions: material.opinions.length > 0 ? encode(material.opinions.map(opinionData)) : null,
    answer: encode(material.answer.parts.map(outputData)),
    media,
  }
}

/** The prompt of the answer channel. */
export function renderAnswerPrompt(prepared: PreparedMaterial, form: JudgeForm): JudgePrompt {
  return renderPrompt(prepared, form, { channel: 'answer', parts: [] })
}

/** The prompt of the reasoning channel. */
export function renderReasoningPrompt(
  prepared: PreparedMaterial,
  form: JudgeForm,
  reasoning: Reasoning,
): JudgePrompt {
  const json = encode(revealReasoning(reasoning, 'judge'))
  return renderPrompt(prepared, form, { channel: 'reasoning', parts: [['reasoning', json]] })
}

type Named = readonly [name: string, json: string]

function renderPrompt(
  prepared: PreparedMaterial,
  { delimiter, terms }: JudgeForm,
  { channel, parts }: { readonly channel: Channel; readonly parts: readonly Named[] },
): JudgePrompt {
  const { material, sections, styles, summaries, conversation, tools, opinions, answer, media } =
    prepared
  const all: readonly Named[] = [
    ['conversation', conversation],
    ...(tools === null ? [] : [['tools', tools] as const]),
    ...parts,
    ['answer', answer],
    ...(opinions === null ? [] : [['opinions', opinions] as const]),
  ]
  const request = fillText(material.protocol, 'review-request', {
    sections,
    ...styles,
    delimiter,
    material: all.map((part) => fence(part, delimiter)).join('\n\n'),
  })
  const closing = renderClosing(material, channel, terms.jsonForm === 'schema')
  const system = fillText(material.protocol, `review-${channel}`, { summaries })
  const turns = place(system, withMedia({ request, media, closing, delimiter }), terms)
  const format = formatOf(material, channel, terms)
  const bound = verdictBound(clauseIds(material.sections).length)
  const parameters = { ...format, ...boundParameter(bound, terms, { turns, parameters: {} }) }
  const prompt: Prompt = { model: material.model, turns, parameters, stream: false }
  return { prompt, holdsMedia: media.length > 0 }
}

/** In one turn for templates that know no system role. */
function place(
  system: string,
  content: string | readonly Part[],
  { placement }: Terms,
): readonly Turn[] {
  if (placement !== 'leading-user') {
    return [
      { role: 'system', content: system },
      { role: 'user', content },
    ]
  }
  const merged =
    typeof content === 'string'
      ? `${system}\n\n${content}`
      : [{ kind: 'text', text: system } as const, ...content]
  return [{ role: 'user', content: merged }]
}

function formatOf(material: JudgeMaterial, channel: Channel, { jsonForm }: Terms): JsonObject {
  if (jsonForm === 'none') return {}
  const isStrict = jsonForm === 'schema'
  return {
    response_format: isStrict ? jsonFormat(formOf(material, channel)) : { type: 'json_object' },
  }
}

function formOf({ opinions }: JudgeMaterial, channel: Channel) {
  return { channel, opinions: opinions.length > 0 }
}

function renderClosing(material: JudgeMaterial, channel: Channel, strictSchema: boolean): string {
  const { protocol, sections, opinions } = material
  const form = formOf(material, channel)
  const asked = fillText(protocol, 'review-closing', {
    clauses: clauseIds(sections).join(', '),
    fields: verdictFields(form)
      .map((name) => `\`${name}\``)
      .join(', '),
  })
  const count = String(opinions.length)
  const closing =
    opinions.length > 0 ? `${asked}\n\n${fillText(protocol, 'review-opinions', { count })}` : asked
  if (strictSchema) return closing
  const schema = JSON.stringify(verdictSchema(form))
  return `${closing}\n\n${fillText(protocol, 'review-schema', { schema })}`
}

function fence([name, json]: Named, delimiter: string): string {
  return `${beginOf(name, delimiter)}\n${json}\n${endOf(name, delimiter)}`
}

function beginOf(name: string, delimiter: string): string {
  return `${delimiter} begin ${name}`
}

function endOf(name: string, delimiter: string): string {
  return `${delimiter} end ${name}`
}

function encode(value: JsonValue): string {
  return neutraliseText(JSON.stringify(value))
}

/** Media are the last of the material, in the order of their marks: a server may put the words of a file in their place. */
function withMedia({
  request,
  media,
  closing,
  delimiter,
}: {
  readonly request: string
  readonly media: readonly JsonObject[]
  readonly closing: string
  readonly delimiter: string
}): string | readonly Part[] {
  const names = media.map((_, index) => `attachment ${index + 1}`)
  const before = [request, ...names.map((name) => endOf(name, delimiter))]
  const after = [...names.map((name) => beginOf(name, delimiter)), closing]
  const texts = before.map((text, index) => `${text}\n\n${after[index]}`)
  const [whole = ''] = texts
  if (media.length === 0) return whole
  return texts.flatMap((text, index): readonly Part[] => {
    const wire = media[index]
    return [
      { kind: 'text', text },
      ...(wire ? [{ kind: 'media', media: 'file', wire } as const] : []),
    ]
  })
}

function turnData(turn: Turn, media: JsonObject[]): JsonObject {
  const { role, content, refusal, toolCalls, toolCallId, name, extra } = turn
  return {
    ...extra,
    role,
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(typeof content === 'string' ? { content } : {}),
    ...(Array.isArray(content) ? { content: content.map((part) => partData(part, media)) } : {}),
    ...(refusal ? { refusal } : {}),
    ...(toolCalls?.length ? { tool_calls: toolCalls.map(callData) } : {}),
  }
}

function partData(part: Part, media: JsonObject[]): JsonValue {
  if (part.kind === 'text' || part.kind === 'refusal') return part.text
  if (part.kind === 'opaque') return part.wire
  const [bare, beside] = apart(part.wire)
  media.push(bare)
  return { ...beside, attachment: media.length, kind: part.media }
}

/** The part itself, and what stands beside it: the context of a file may be words to the model; a mark for a cache is none. */
function apart(wire: JsonObject): readonly [bare: JsonObject, beside: JsonObject] {
  const { type, cache_control: _mark, ...rest } = wire
  if (typeof type !== 'string' || wire[type] === undefined) return [wire, {}]
  const { [type]: own = null, ...beside } = rest
  return [{ type, [type]: own }, beside]
}

function callData({ id, name, arguments: text }: ToolCall): JsonObject {
  return { id, name, arguments: text }
}

function opinionData({ source, ideal, note }: Opinion, index: number): JsonObject {
  return { opinion: index + 1, source, ideal, note }
}

function outputData(part: OutputPart): JsonObject {
  switch (part.kind) {
    case 'text':
      return { text: part.text }
    case 'refusal':
      return { refusal: part.text }
    case 'tool_call':
      return { tool_call: callData(part.call) }
    case 'opaque': {
      // The sound itself says no more than its transcript, and no text reader can take it.
      if (part.name !== 'audio') return { [part.name]: part.value }
      const transcript = Array.isArray(part.value) ? null : (part.value as JsonObject).transcript
      return { audio_transcript: transcript ?? null }
    }
  }
}
