/**
 * Reads the body of `POST /v1/messages`: known fields strict in type and range, all others kept. Pure.
 * A fault says where as this contract's own errors do: `messages.0.content.1.source`.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { RequestFault } from '../door.ts'
import { checksOf } from '../first-fault.ts'
import { dotted } from './names.ts'
import { MESSAGES_PARAMETERS } from './parameters.ts'

export type MessagesRequest = {
  readonly model: string
  /** Checked: every one has a role and well-formed content. */
  readonly messages: readonly JsonObject[]
  readonly stream: boolean
  /** The whole body, as it was sent. */
  readonly body: JsonObject
}

const CHECKS = checksOf(MESSAGES_PARAMETERS)

/** Only an answer has a bound. */
const REQUIRED = {
  answer: ['model', 'max_tokens', 'messages'],
  count: ['model', 'messages'],
} as const

/** Checks a parsed body, of a request for an answer or for a count; the first fault found is the one that is told. */
export function readMessagesRequest(
  body: JsonValue,
  purpose: keyof typeof REQUIRED = 'answer',
): Result<MessagesRequest, RequestFault> {
  if (!isJsonObject(body)) {
    return fail({ param: null, message: `Send a JSON object with ${REQUIRED[purpose].join(', ')}` })
  }
  for (const name of REQUIRED[purpose]) {
    if (body[name] === undefined || body[name] === null) {
      return fail({ param: name, message: `${name}: Field required` })
    }
  }
  for (const [name, check] of CHECKS) {
    const value = body[name]
    if (value === undefined || value === null) continue
    const found = check(value)
    if (found) {
      const param = `${name}${dotted(found.at)}`
      return fail({ param, message: `${param}: it must be ${found.wants}, not ${found.found}` })
    }
  }
  return succeed({
    // Both were checked above; the compiler cannot follow a table.
    model: body.model as string,
    messages: body.messages as readonly JsonObject[],
    stream: body.stream === true,
    body,
  })
}
