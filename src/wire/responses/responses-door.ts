/** The door of Responses. Pure. */
import type { Released } from '../../conversation/outcome.ts'
import type { GatewayError } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import type {
  AnswerFrame,
  Asked,
  Door,
  EarlierAnswers,
  KeptAnswer,
  WireEvent,
  WrittenForm,
} from '../door.ts'
import { errorBody } from '../error-body.ts'
import { includes } from './chat-parameters.ts'
import { eventsOf } from './events.ts'
import { inquiryFromResponses } from './inquiry.ts'
import { itemType } from './items.ts'
import { namedInput, withReferred } from './kept.ts'
import { fitsItems } from './output-items.ts'
import { type ResponsesRequest, readResponsesRequest } from './read-request.ts'
import { repeatedFields, responseObject } from './response-object.ts'

export const responsesDoor: Door = {
  name: 'responses',
  upstreamPath: ['responses'],
  namesEarlier: true,
  read(body, options) {
    const read = readResponsesRequest(body)
    if (!read.ok) return fail({ ...read.failure, code: 'invalid_request' })
    const request = referring(read.value, options.earlier)
    const asked = inquiryFromResponses(request, options)
    if (!asked.ok) return fail({ ...asked.failure, code: 'unsupported_parameter' })
    const repeated = repeatedFields(request.body)
    return succeed<Asked>({
      body: request.body,
      ...asked.value,
      carriesReasoning: includes(request.body, 'reasoning.encrypted_content'),
      repeated,
      canWrite: fitsItems,
      ...(request.body.store !== false && {
        keep: (released, frame) =>
          keepResponse(request, responseObject(released, repeated, frame), {
            frame,
            earlier: options.earlier,
          }),
      }),
      write: (released, frame) => writeResponse(request, released, repeated, frame),
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

/** With the items that its references refer to. */
function referring(
  request: ResponsesRequest,
  earlier: EarlierAnswers | undefined,
): ResponsesRequest {
  return earlier ? { ...request, input: withReferred(request.input, earlier.referred) } : request
}

type Keeping = { readonly frame: AnswerFrame; readonly earlier: EarlierAnswers | undefined }

function keepResponse(
  { model, input }: ResponsesRequest,
  object: JsonObject,
  { frame, earlier }: Keeping,
): KeptAnswer {
  const { chain = [], length = 0 } = earlier ?? {}
  const content = { object, input: namedInput(input, frame.id), chain }
  const total = length + JSON.stringify(content).length
  return { id: `resp_${frame.id}`, model, content: { ...content, length: total } }
}

function writeResponse(
  { stream, obfuscate }: ResponsesRequest,
  released: Released,
  repeated: JsonObject,
  frame: AnswerFrame,
): WrittenForm {
  const object = responseObject(released, repeated, frame)
  if (!stream) return { kind: 'object', object }
  return { kind: 'events', events: eventsOf(object, { obfuscate }), saysDone: false }
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
