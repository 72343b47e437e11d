/** The door of Responses. Pure. */
import type { Released } from '../../conversation/outcome.ts'
import type { GatewayError } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import type { AnswerFrame, Asked, Door, WireEvent, WrittenForm } from '../door.ts'
import { errorBody } from '../error-body.ts'
import { includes } from './chat-parameters.ts'
import { responseEvents } from './events.ts'
import { inquiryFromResponses } from './inquiry.ts'
import { itemType } from './items.ts'
import { fitsItems } from './output-items.ts'
import { type ResponsesRequest, readResponsesRequest } from './read-request.ts'
import { repeatedFields, responseObject } from './response-object.ts'

export const responsesDoor: Door = {
  name: 'responses',
  upstreamPath: ['responses'],
  read(body, options) {
    const request = readResponsesRequest(body)
    if (!request.ok) return fail({ ...request.failure, code: 'invalid_request' })
    const asked = inquiryFromResponses(request.value, options)
    if (!asked.ok) return fail({ ...asked.failure, code: 'unsupported_parameter' })
    const repeated = repeatedFields(request.value.body)
    return succeed<Asked>({
      body: request.value.body,
      ...asked.value,
      carriesReasoning: includes(request.value.body, 'reasoning.encrypted_content'),
      repeated,
      canWrite: fitsItems,
      write: (released, frame) => writeResponse(request.value, released, repeated, frame),
    })
  },
  askedBy: ({ safety_identifier: safetyIdentifier, user }) => ({ safetyIdentifier, user }),
  firstWords({ input }) {
    if (typeof input === 'string') return input
    if (!Array.isArray(input)) return undefined
    const items: readonly JsonObject[] = input.filter(isJsonObject)
    return items.find((item) => itemType(item) === 'message' && item.role === 'user')?.content
  },
  errorAnswer: (error) => ({ status: error.status, body: errorBody(error) }),
  errorEvent,
}

function writeResponse(
  { stream, obfuscate }: ResponsesRequest,
  released: Released,
  repeated: JsonObject,
  frame: AnswerFrame,
): WrittenForm {
  if (!stream) return { kind: 'object', object: responseObject(released, repeated, frame) }
  const events = responseEvents(released, repeated, frame, { obfuscate })
  return { kind: 'events', events, saysDone: false }
}

/** As the document has it, and once more as an object: some clients raise the one and pass over the other. */
function errorEvent(error: GatewayError): WireEvent {
  const { wireCode: code, message, param, type } = error
  const nested = { type, code, message, param }
  return {
    name: 'error',
    data: { type: 'error', sequence_number: 0, code, message, param, error: nested },
  }
}
