/** The door of the Messages contract. Pure. */
import { isJsonObject } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import type { Asked, Door } from '../door.ts'
import { hasForm } from './answer-blocks.ts'
import { messagesErrorBody, messagesStatus } from './errors.ts'
import { messageEvents } from './events.ts'
import { asksToThink, inquiryFromMessages } from './inquiry.ts'
import { messageObject } from './message.ts'
import { nameInMessages } from './names.ts'
import { readMessagesRequest } from './request.ts'

export const messagesDoor: Door = {
  name: 'messages',
  upstreamPath: ['messages'],
  keyHeader: 'x-api-key',
  requestIdHeader: 'request-id',
  carriedHeaders: ['anthropic-version', 'anthropic-beta'],
  read(body, options) {
    const request = readMessagesRequest(body)
    if (!request.ok) return fail({ ...request.failure, code: 'invalid_request' })
    const inquiry = inquiryFromMessages(request.value, options)
    if (!inquiry.ok) return fail({ ...inquiry.failure, code: 'unsupported_parameter' })
    const { stream } = request.value
    return succeed<Asked>({
      body: request.value.body,
      inquiry: inquiry.value,
      carriesReasoning: asksToThink(request.value.body),
      nameOf: nameInMessages,
      canWrite: (released) => released.choices.every(({ answer }) => hasForm(answer)),
      write: (released, frame) =>
        stream
          ? { kind: 'events', events: messageEvents(released, frame), saysDone: false }
          : { kind: 'object', object: messageObject(released, frame) },
    })
  },
  askedBy: ({ metadata }) => ({
    safetyIdentifier: undefined,
    user: isJsonObject(metadata) ? metadata.user_id : undefined,
  }),
  firstWords: ({ messages }) =>
    Array.isArray(messages)
      ? messages.filter(isJsonObject).find(({ role }) => role === 'user')?.content
      : undefined,
  errorAnswer: (error, requestId) => ({
    status: messagesStatus(error),
    body: messagesErrorBody(error, requestId),
  }),
  errorEvent: (error, requestId) => ({ name: 'error', data: messagesErrorBody(error, requestId) }),
}
