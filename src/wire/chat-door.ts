/** The door of chat completions. Pure. */
import type { Released } from '../conversation/outcome.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { fail, succeed } from '../lib/result.ts'
import { chatChunks } from './chat-chunks.ts'
import { chatCompletion } from './chat-completion.ts'
import { type ChatRequest, readChatRequest } from './chat-request.ts'
import type { AnswerFrame, Asked, Door, WireEvent, WrittenForm } from './door.ts'
import { errorBody } from './error-body.ts'
import { inquiryFromChat } from './inquiry.ts'
import { isExpressible } from './released-fields.ts'

export const chatDoor: Door = {
  name: 'chat',
  upstreamPath: ['chat', 'completions'],
  read(body, options) {
    const request = readChatRequest(body)
    if (!request.ok) return fail({ ...request.failure, code: 'invalid_request' })
    const inquiry = inquiryFromChat(request.value, options)
    if (!inquiry.ok) return fail({ ...inquiry.failure, code: 'unsupported_parameter' })
    return succeed<Asked>({
      body: request.value.body,
      inquiry: inquiry.value,
      carriesReasoning: false,
      canWrite: (released) => released.choices.every(({ answer }) => isExpressible(answer)),
      write: (released, frame) => writeChat(request.value, released, frame),
    })
  },
  askedBy: ({ safety_identifier: safetyIdentifier, user }) => ({ safetyIdentifier, user }),
  firstWords: ({ messages }) =>
    Array.isArray(messages)
      ? messages.filter(isJsonObject).find(({ role }) => role === 'user')?.content
      : undefined,
  errorAnswer: (error) => ({ status: error.status, body: errorBody(error) }),
  errorEvent: (error) => ({ data: errorBody(error) }),
}

export function writeChat(
  { stream, includeUsage, obfuscate }: Pick<ChatRequest, 'stream' | 'includeUsage' | 'obfuscate'>,
  released: Released,
  { id: hex, created }: AnswerFrame,
): WrittenForm {
  const frame = { id: `chatcmpl-${hex}`, created }
  if (!stream) return { kind: 'object', object: chatCompletion(released, frame) }
  const chunks = chatChunks(released, { ...frame, includeUsage, obfuscate })
  return { kind: 'events', events: eventsOf(chunks), saysDone: true }
}

function* eventsOf(chunks: Iterable<JsonObject>): Generator<WireEvent> {
  for (const data of chunks) yield { data }
}
