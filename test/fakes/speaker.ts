/**
 * A model server's script that takes part in deliberations as model and judge, until a test says otherwise.
 * Pure, but for the record of what it was asked. What is said of one conversation is scripted by its model id, so that many can
 * run beside one another. It reads prompts by the lines the protocol promises, never by the gateway's own code.
 */
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import type { RecordedRequest, Reply } from './upstream.ts'

export type Asked = {
  readonly kind:
    | 'draft'
    | 'native'
    | 'first pass'
    | 'second pass'
    | 'answer'
    | 'reasoning'
    | 'plain'
  readonly model: string
  /** Of a tagged prompt. */
  readonly nonce: string
  /** Of a review. */
  readonly clauses: readonly string[]
  readonly stream: boolean
  /** How often this conversation was asked for this kind before. */
  readonly earlier: number
  readonly body: JsonObject
  readonly request: RecordedRequest
}

/** What to say; undefined leaves it to the well-behaved model. */
export type Speak = (asked: Asked) => Reply | undefined

export type Speaker = {
  readonly script: (request: RecordedRequest) => Reply
  /** Sets what is said in the conversations of a model id. */
  on(model: string, speak: Speak): void
  /** What was asked in them, in order. */
  asked(model: string): readonly Asked[]
}

export const THOUGHT = 'The person greets us, so a greeting serves them best.'
export const ANSWER = 'Good day! Ask away.'

export function createSpeaker(fallback: Speak = () => undefined): Speaker {
  const speaks = new Map<string, Speak>()
  const heard = new Map<string, Asked[]>()
  return {
    script(request) {
      const asked = read(request, (model) => heard.get(model) ?? [])
      heard.set(asked.model, [...(heard.get(asked.model) ?? []), asked])
      return speaks.get(asked.model)?.(asked) ?? fallback(asked) ?? behave(asked)
    },
    on: (model, speak) => void speaks.set(model, speak),
    asked: (model) => heard.get(model) ?? [],
  }
}

function read(request: RecordedRequest, heard: (model: string) => readonly Asked[]): Asked {
  const body = isJsonObject(request.json) ? request.json : {}
  const model = typeof body.model === 'string' ? body.model : ''
  const text = textOf(body)
  const kind = kindOf(text, JSON.stringify(body.response_format ?? null))
  return {
    kind,
    model,
    nonce: [...text.matchAll(/<deliberation-([0-9a-f]{8,})>/g)].at(-1)?.[1] ?? '',
    clauses: ([...text.matchAll(/^Clauses: (.*)$/gm)].at(-1)?.[1] ?? '')
      .split(', ')
      .filter((clause) => clause !== ''),
    stream: body.stream === true,
    earlier: heard(model).filter((asked) => asked.kind === kind).length,
    body,
    request,
  }
}

/** All that the messages of a prompt say, as one text. */
export function textOf({ messages }: JsonObject): string {
  if (!Array.isArray(messages)) return ''
  return messages
    .map(({ content }) =>
      Array.isArray(content) ? content.map((part) => part.text ?? '').join('\n') : (content ?? ''),
    )
    .join('\n')
}

function kindOf(text: string, format: string): Asked['kind'] {
  if (/^Clauses: /m.test(text)) {
    return format.includes('verdict_reasoning') || text.includes('`grounded`')
      ? 'reasoning'
      : 'answer'
  }
  if (/^Write the answer only\.$/m.test(text)) return 'second pass'
  if (/^Write the deliberation only\.$/m.test(text)) return 'first pass'
  if (/^Deliberate in your private reasoning, then answer\.$/m.test(text)) return 'native'
  return /<deliberation-[0-9a-f]{8,}>/.test(text) ? 'draft' : 'plain'
}

export type Said = {
  readonly thought?: string
  readonly answer?: string
  readonly decision?: string
  /** Fields of the message beside its content: tool calls, native reasoning. */
  readonly message?: JsonObject
  readonly finish?: string
  /** Stands in place of the whole content. */
  readonly content?: string
  readonly usage?: JsonObject
}

/** What a model that keeps to the protocol says, altered as given. */
export function behave(asked: Asked, said: Said = {}): Reply {
  if (asked.kind === 'answer' || asked.kind === 'reasoning') return verdictReply(asked)
  return replyOf(asked, { ...said, content: said.content ?? contentOf(asked, said) })
}

function contentOf(asked: Asked, { thought = THOUGHT, answer = ANSWER, decision }: Said): string {
  const tagged = `<deliberation-${asked.nonce}>\n${thought}\n${decisionLine(decision)}\n</deliberation-${asked.nonce}>\n`
  if (asked.kind === 'draft') return tagged + answer
  return asked.kind === 'first pass' ? tagged : answer
}

export function decisionLine(decision = 'comply'): string {
  return `decision: ${decision}; clauses: none`
}

const HEAD = { id: 'chatcmpl-fake', created: 1 }
const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

/** The reply with this message, whole or in chunks as it was asked for. */
export function replyOf(
  { kind, model, stream, nonce }: Asked,
  { content = '', message: fields = {}, finish, usage = USAGE, thought, decision }: Said,
): Reply {
  const isNative = kind === 'native' && Object.keys(fields).length === 0
  const native = isNative
    ? { reasoning_content: `${thought ?? THOUGHT}\n${decisionLine(decision)}` }
    : fields
  const finish_reason = finish ?? ('tool_calls' in native ? 'tool_calls' : 'stop')
  const head = { ...HEAD, model, object: stream ? 'chat.completion.chunk' : 'chat.completion' }
  const message = { role: 'assistant', content, ...native }
  if (!stream) {
    const choice = {
      index: 0,
      message: { refusal: null, ...message },
      logprobs: null,
      finish_reason,
    }
    return { json: { ...head, choices: [choice], usage } }
  }
  const chunk = (delta: object, finish: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })
  const { content: said, ...beside } = message
  const pieces = typeof said === 'string' ? cut(said, nonce) : []
  const whole = typeof said === 'string' ? {} : { content: said }
  return {
    sse: [
      chunk({ ...beside, ...whole }),
      ...pieces.map((piece) => chunk({ content: piece })),
      chunk({}, finish_reason),
      { ...head, choices: [], usage },
    ],
  }
}

/** Pieces whose length depends on the nonce, so that tags are cut anywhere. */
function cut(text: string, nonce: string): readonly string[] {
  const length = 3 + (Number.parseInt(nonce.slice(-2) || '7', 16) % 20)
  return text.match(new RegExp(`[\\s\\S]{1,${length}}`, 'gu')) ?? []
}

/** A verdict with every clause met, altered as given. */
export function verdict({ kind, clauses, body }: Asked, changes: JsonObject = {}): JsonObject {
  return {
    ...stances(body),
    findings: clauses.map((clause) => ({ clause, evidence: null, finding: 'met', hint: null })),
    missingSections: [],
    helpfulness: 9,
    style: 9,
    needlessRefusal: false,
    ...(kind === 'reasoning' && { grounded: 9, consistent: 9, relevant: 9, decision: 'comply' }),
    ...changes,
  }
}

/** Disagrees with every opinion that the prompt tells of. */
function stances(body: JsonObject): JsonObject {
  const [, count = '0'] = /: (\d+) of them, numbered from 1\./.exec(textOf(body)) ?? []
  const opinions = Array.from({ length: Number(count) }, (_, index) => {
    return { opinion: index + 1, stance: 'disagree', because: 'The clauses say otherwise.' }
  })
  return opinions.length > 0 ? { opinions } : {}
}

/** A verdict that finds the first clause violated. */
export function violation(asked: Asked, changes: JsonObject = {}): JsonObject {
  const [first] = asked.clauses
  return verdict(asked, {
    findings: asked.clauses.map((clause) => ({
      clause,
      evidence: null,
      finding: clause === first ? 'violated' : 'met',
      hint: clause === first ? 'Say it more gently.' : null,
      ...changes,
    })),
  })
}

export function verdictReply(asked: Asked, given: JsonObject = verdict(asked)): Reply {
  return replyOf(asked, { content: JSON.stringify(given) })
}
