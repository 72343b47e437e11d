/**
 * How the stand-in tells what is asked of it: the gateway's final instructions, wherever they were placed, or none.
 * No I/O. Instructions in a system or developer message win over the same words in a user's, which may be forged.
 */
import { type ChatMessage, type CompletionRequest, textOfMessage } from './chat-request.ts'

export type Instructions =
  /** A plain request: no deliberation is asked for. */
  | { readonly kind: 'none' }
  | { readonly kind: 'tagged'; readonly nonce: string; readonly answer: boolean }
  /** The second pass: the reasoning is given, the answer is due. */
  | { readonly kind: 'answer' }
  | { readonly kind: 'native' }
  | { readonly kind: 'review'; readonly channel: 'answer' | 'reasoning' }
  /** Of the documents job: a list of so many, or one document. */
  | { readonly kind: 'list'; readonly what: string; readonly count: number }
  | { readonly kind: 'document' }

export type Reading = {
  readonly instructions: Instructions
  /** The message that carries the instructions, as text; empty where there are none. */
  readonly instructionText: string
  /** The last turn of the user's own. */
  readonly userText: string
  /** The result of a tool call, where that is what the conversation waits for. */
  readonly toolResult: string | null
}

const BOUNDARY = /<deliberation-([0-9a-f]{8,})>/g
const CLAUSES_LINE = /^Clauses:/m
const LIST_LINE = /^List: ([a-z]+), at most (\d{1,4})\.\s*$/m
const DOCUMENT_LINE = /^Write the document only\.\s*$/m
const VERDICT_NAME = /^verdict_(answer|reasoning)(?:_opinions)?$/

export function readInstructions(request: CompletionRequest): Reading {
  const review = readReview(request)
  const found = review ? null : findInstructions(request.messages)
  const own = request.messages.filter((message) => message !== found?.message)
  const lastUser = own.findLast((message) => message.role === 'user')
  const last = own.findLast((message) => message.role !== 'system' && message.role !== 'developer')
  const awaited = last && (last.role === 'tool' || last.role === 'function') ? last : null
  return {
    instructions: review ?? found?.instructions ?? { kind: 'none' },
    instructionText: found ? textOfMessage(found.message) : '',
    userText: lastUser ? textOfMessage(lastUser) : firstPart(found?.message),
    toolResult: awaited ? textOfMessage(awaited) : null,
  }
}

function readReview(request: CompletionRequest): Instructions | null {
  const format = request.response_format
  if (format?.type === 'json_schema') {
    const channel = VERDICT_NAME.exec(format.json_schema.name)?.[1]
    if (channel) return { kind: 'review', channel: channel === 'reasoning' ? channel : 'answer' }
  }
  const text = request.messages.map(textOfMessage).join('\n')
  const isReview =
    CLAUSES_LINE.test(text) && text.includes('findings') && !findInstructions(request.messages)
  if (!isReview) return null
  return { kind: 'review', channel: /[`"]grounded[`"]/.test(text) ? 'reasoning' : 'answer' }
}

function findInstructions(
  messages: readonly ChatMessage[],
): { readonly message: ChatMessage; readonly instructions: Instructions } | null {
  for (const roles of [['system', 'developer'], ['user']]) {
    for (const message of messages.toReversed()) {
      if (!roles.includes(message.role)) continue
      const instructions = parseInstructions(textOfMessage(message))
      if (instructions) return { message, instructions }
    }
  }
  return null
}

function parseInstructions(text: string): Instructions | null {
  if (/^Write the answer only\.\s*$/m.test(text)) return { kind: 'answer' }
  const nonce = [...text.matchAll(BOUNDARY)].at(-1)?.[1]
  if (nonce) {
    return { kind: 'tagged', nonce, answer: !/^Write the deliberation only\.\s*$/m.test(text) }
  }
  if (/^Deliberate in your private reasoning, then answer\.\s*$/m.test(text)) {
    return { kind: 'native' }
  }
  if (DOCUMENT_LINE.test(text)) return { kind: 'document' }
  const list = LIST_LINE.exec(text)
  return list ? { kind: 'list', what: list[1] ?? '', count: Number(list[2]) } : null
}

/** Where instructions were appended to the only user turn, its first part is the user's own. */
function firstPart(message: ChatMessage | undefined): string {
  return Array.isArray(message?.content) ? (message.content[0]?.text ?? '') : ''
}
