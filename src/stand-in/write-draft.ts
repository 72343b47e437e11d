/**
 * The stand-in's drafts: staged reasoning with its decision line, and an answer, in the form the instructions ask for.
 * No I/O. The same request always yields the same draft; what it cites stands in the injected sections.
 */
import type { JsonObject } from '../lib/json.ts'
import type { CompletionRequest } from './chat-request.ts'
import type { Reading } from './instructions.ts'
import { type Markers, withoutMarkers } from './markers.ts'
import { EMPTY_REPLY, type ReplyCall, type StandInReply } from './reply.ts'
import { schemaInstance } from './schema-instance.ts'
import {
  NOTE,
  openingWords,
  POOR_REASONING,
  preparedText,
  VIOLATION_HINT,
  violationSentence,
} from './sentences.ts'
import { chooseToolCalls } from './tool-calls.ts'
import { decideTopic, type TopicDecision } from './topics.ts'

export type DraftOptions = {
  readonly request: CompletionRequest
  readonly reading: Reading
  readonly markers: Markers
  /** Which of the `n` choices. */
  readonly index: number
  /** Hex digits that make the ids of tool calls. */
  readonly seed: string
  /** True for the model that returns its reasoning in a field of its own. */
  readonly reasons: boolean
}

type Plan = { readonly decision: TopicDecision; readonly cited: readonly string[] }

const CLAUSE_ITEM = /^[ \t]*[-*][ \t]+\*\*([A-Z]{2,8}\d{1,3})\*\*/gm
const DECISION_LINE = /(?:^|\n|\\n)decision: (comply|safe_complete|refuse)\s*;/g

export function writeDraft(options: DraftOptions): StandInReply {
  const { reading, markers, reasons } = options
  const { instructions } = reading
  const plan = makePlan(options)
  const hidden = writeReasoning(options, plan)
  const field = reasons && !markers.has('no boundary') ? hidden : null
  if (instructions.kind !== 'tagged') return { ...writeAnswer(options, plan), reasoning: field }

  const closing = markers.has('no boundary') ? '' : `\n</deliberation-${instructions.nonce}>\n`
  const tagged = `<deliberation-${instructions.nonce}>\n${hidden}${closing}`
  if (!instructions.answer) return { ...EMPTY_REPLY, content: tagged, reasoning: field }
  const answer = writeAnswer(options, plan)
  return {
    ...answer,
    content: `${tagged}${answer.content ?? answer.refusal ?? ''}`,
    refusal: null,
    reasoning: field,
  }
}

function makePlan({ request, reading, markers }: DraftOptions): Plan {
  const clauses = [...reading.instructionText.matchAll(CLAUSE_ITEM)].map(([, id = '']) => id)
  const plan = decideTopic(withoutMarkers(reading.userText), [...new Set(clauses)])
  const cite = markers.get('cite')
  const cited = cite ? [...plan.cited, cite] : plan.cited
  const forced = markers.get('decide')
  const decision =
    (isDecision(forced) ? forced : null) ?? decidedBefore(request, reading) ?? plan.decision
  return { decision, cited }
}

/** In a second pass the decision was made in the reasoning that came with the request. */
function decidedBefore(request: CompletionRequest, reading: Reading): TopicDecision | null {
  if (reading.instructions.kind !== 'answer') return null
  const context = request.messages
    .filter((message) => message.role !== 'user')
    .map((message) => JSON.stringify(message.content ?? ''))
    .concat(reading.instructionText)
    .join('\n')
  const decision = [...context.matchAll(DECISION_LINE)].at(-1)?.[1]
  return isDecision(decision) ? decision : null
}

function writeReasoning({ reading, markers }: DraftOptions, plan: Plan): string {
  const topic = openingWords(withoutMarkers(reading.userText)) || 'something without words'
  const clauses = plan.cited.join(', ') || 'none'
  const decisionLine = `decision: ${plan.decision}; clauses: ${clauses}`
  const guided = reading.instructions.kind !== 'none' && !markers.has('no decision')
  return [
    `Helpful: the user brings up ${topic}; the most useful reply takes that up directly.`,
    `Safe: the clauses that bear on it are ${clauses}; nothing else at hand does.`,
    `Both: ${OUTLOOK[plan.decision]}`,
    ...(markers.has('bad reasoning') ? [POOR_REASONING] : []),
    ...(guided ? [decisionLine] : []),
  ].join('\n')
}

const OUTLOOK: Readonly<Record<TopicDecision, string>> = {
  comply: 'a full reply is fine here.',
  safe_complete: 'support without particulars serves the user best.',
  refuse: 'no useful part remains that could be given, so a short, kind refusal it is.',
}

function writeAnswer(options: DraftOptions, plan: Plan): StandInReply {
  const { request, reading, markers, seed } = options
  if (markers.has('empty')) return EMPTY_REPLY
  const calls = plan.decision === 'comply' ? callTools(options, seed) : []
  if (calls.length > 0) {
    const legacy = calls.some((call) => call.kind === 'legacy')
    const finishReason = legacy ? 'function_call' : 'tool_calls'
    return { ...EMPTY_REPLY, calls, finishReason }
  }
  const words = [answerText(options, plan), ...faults(markers, reading)].join(' ')
  const format = request.response_format
  if (format && format.type !== 'text') {
    if (plan.decision === 'refuse') return { ...EMPTY_REPLY, refusal: words }
    const schema: JsonObject | undefined =
      format.type === 'json_schema' ? format.json_schema.schema : undefined
    const object = schema ? schemaInstance(schema, words) : { reply: words }
    return { ...EMPTY_REPLY, content: JSON.stringify(object) }
  }
  return { ...EMPTY_REPLY, content: words }
}

function callTools(
  { request, reading, markers }: DraftOptions,
  seed: string,
): readonly ReplyCall[] {
  return chooseToolCalls(request, {
    userText: reading.userText,
    markers,
    answersTool: reading.toolResult !== null,
    seed,
  })
}

function answerText({ reading, index }: DraftOptions, plan: Plan): string {
  const own = withoutMarkers(reading.toolResult ?? reading.userText)
  const opening = openingWords(own)
  const lead = reading.toolResult === null ? 'You wrote' : 'The tool returned'
  const quoted = plan.decision === 'comply' && opening ? [`${lead} “${opening}”.`] : []
  const variant = index > 0 ? [`This is choice ${index + 1}.`] : []
  return [...quoted, preparedText(plan.decision), ...variant, NOTE].join(' ')
}

/** The sentences that markers add to an answer. */
function faults(markers: Markers, reading: Reading): readonly string[] {
  const [clause, always] = (markers.get('violate') ?? '').split(' ')
  const redrafted = reading.instructionText.includes(VIOLATION_HINT)
  const violation = clause && (always === 'always' || !redrafted) ? [violationSentence(clause)] : []
  return markers.has('leak') ? [...violation, leak(reading)] : violation
}

/** How many words of the instructions a leaking answer repeats. */
const LEAKED_WORDS = 24

function leak({ instructions, instructionText }: Reading): string {
  const quote = instructionText.split(/\s+/).slice(0, LEAKED_WORDS).join(' ')
  return instructions.kind === 'tagged' ? `${quote} ${instructions.nonce}` : quote
}

function isDecision(value: string | undefined): value is TopicDecision {
  return value === 'comply' || value === 'safe_complete' || value === 'refuse'
}
