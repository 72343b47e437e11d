/**
 * Recorded exchanges as a model server that takes part in a deliberation: it writes the deliberation where one is asked for,
 * and the recorded answer where an answer is, as it was recorded. Also a judge that finds nothing wrong.
 * I/O: listens on loopback. The exchange is the one whose id is the request's model.
 */
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { tell } from './recorded-answer.ts'
import { type Exchange, replayReply } from './replay.ts'
import { completionReply, contentChunks, type RecordedRequest, type Reply } from './upstream.ts'

/** The model that reviews. */
export const JUDGE = 'judge'

/** Stands in every deliberation written here, and may stand nowhere else. */
export const CANARY = 'quillwort-halyard-3319'

const NONCE = /<\/deliberation-([0-9a-f]{8,})>/g

export type DeliberatingReplayOptions = {
  readonly exchanges: readonly Exchange[]
  /** Bytes of each network chunk of an exchange. */
  readonly chunkBytes?: number
  /** Waited for before a call of a deliberation is answered; a relayed call waits for nothing. */
  readonly before?: () => Promise<unknown>
}

/** The script of such a server. */
export function deliberatingReplay({ exchanges, chunkBytes, before }: DeliberatingReplayOptions) {
  const byId = new Map(exchanges.map((exchange) => [exchange.id, exchange]))
  return async (request: RecordedRequest): Promise<Reply> => {
    const body = isJsonObject(request.json) ? request.json : {}
    if (body.model === JUDGE) {
      await before?.()
      return verdictReply(body)
    }
    const exchange = typeof body.model === 'string' ? byId.get(body.model) : undefined
    if (!exchange) return { status: 404, json: { error: { message: 'No such exchange' } } }
    const nonce = [...request.body.matchAll(NONCE)].at(-1)?.[1]
    const answersAlone = request.body.includes('\\nWrite the answer only.\\n')
    if (nonce === undefined || answersAlone) {
      if (answersAlone) await before?.()
      return replayReply(answersAlone ? recounted(exchange) : exchange, chunkBytes)
    }
    await before?.()
    const tagged = deliberationOf(exchange, nonce)
    if (request.body.includes('\\nWrite the deliberation only.\\n')) {
      return body.stream === true ? { sse: contentChunks(cut(tagged)) } : completionReply(tagged)
    }
    return replayReply(recounted(withTags(exchange, tagged)), chunkBytes)
  }
}

/** What was counted once was the recorded prompt: here it would be a sign that the prompt of now was cut. */
function recounted(exchange: Exchange): Exchange {
  const { response } = exchange
  const body = response.body.replace(/("prompt_tokens" *: *)(\d{4,})/g, '$19$2')
  return { ...exchange, response: { ...response, body } }
}

function deliberationOf({ features }: Exchange, nonce: string): string {
  const declines = features.includes('refusal') || features.includes('content_filter')
  const decision = `decision: ${declines ? 'refuse' : 'comply'}; clauses: none`
  const thought = `What is asked for is plain, says ${CANARY}, and so is the answer.`
  return `<deliberation-${nonce}>\n${thought}\n${decision}\n</deliberation-${nonce}>\n`
}

/** The exchange with a deliberation before the content of its first choice; errors and what a reasoning model said stay. */
function withTags(exchange: Exchange, tagged: string): Exchange {
  const { status, body } = exchange.response
  if (status !== 200 || tell(body).reasoning.trim() !== '') return exchange
  const altered = exchange.streaming ? tagStream(exchange, tagged) : tagWhole(body, tagged)
  return { ...exchange, response: { ...exchange.response, body: altered } }
}

function tagStream({ model, response }: Exchange, tagged: string): string {
  const frame = { id: 'x', object: 'chat.completion.chunk', created: 1, model }
  const events = cut(tagged).map((content) => {
    const choices = [{ index: 0, delta: { content }, finish_reason: null }]
    return `data: ${JSON.stringify({ ...frame, choices })}\n\n`
  })
  return events.join('') + response.body
}

function tagWhole(body: string, tagged: string): string {
  if (body === '') return body
  const whole = JSON.parse(body)
  const message = whole.choices?.[0]?.message
  const content = message?.content ?? ''
  if (content === '' && !message?.tool_calls) return body
  message.content = Array.isArray(content)
    ? [{ type: 'text', text: tagged }, ...content]
    : tagged + content
  return JSON.stringify(whole)
}

/** Pieces of lengths that cut the tags anywhere. */
function cut(text: string): readonly string[] {
  return text.match(/[\s\S]{1,5}/g) ?? []
}

/** A verdict with every clause met and every number at its best. */
function verdictReply({ messages, response_format: format }: JsonObject): Reply {
  const text = JSON.stringify(messages)
  const clauses = /.*\\nClauses: ([^\\]*)\\n/.exec(text)?.[1]?.split(', ') ?? []
  const isReasoning = JSON.stringify(format).includes('verdict_reasoning')
  const verdict = {
    findings: clauses.map((clause) => ({ clause, evidence: null, finding: 'met', hint: null })),
    missingSections: [],
    helpfulness: 10,
    style: 10,
    needlessRefusal: false,
    ...(isReasoning && { grounded: 10, consistent: 10, relevant: 10, decision: 'comply' }),
  }
  return completionReply(JSON.stringify(verdict))
}
