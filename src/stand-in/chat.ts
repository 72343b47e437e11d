/**
 * The stand-in's `POST /v1/chat/completions`: read the request, tell a draft from a review, answer, apply the faults asked for.
 * I/O: none but the response body. What it answers depends on the request alone.
 */
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import type { JsonValue } from '../lib/json.ts'
import { CompletionRequest, textOfMessage } from './chat-request.ts'
import { completionChunks, completionObject } from './completion.ts'
import { type Reading, readInstructions } from './instructions.ts'
import { type MarkerName, type Markers, markerMs, readMarkers } from './markers.ts'
import { hasReasoningField, isChatModel } from './models.ts'
import { curtailReply, limitReply, type StandInReply } from './reply.ts'
import {
  cutJsonResponse,
  errorObject,
  errorResponse,
  jsonResponse,
  streamResponse,
  type Wait,
} from './responses.ts'
import { writeDocument, writeList } from './write-document.ts'
import { writeDraft } from './write-draft.ts'
import { writeReview } from './write-review.ts'

export type ChatOptions = {
  readonly clock: Clock
  readonly wait: Wait
  readonly signal: AbortSignal
}

export async function answerChat(body: JsonValue, options: ChatOptions): Promise<Response> {
  const parsed = CompletionRequest.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.join('.') ?? null
    return errorResponse({ status: 400, message: issue?.message ?? 'Invalid request', param })
  }
  const request = parsed.data
  if (!isChatModel(request.model)) return unknownModel(request.model)
  const reading = readInstructions(request)
  const markers = readMarkers(steeringText(request, reading))
  const faults = readFaults(markers, reading)
  if (faults.slowMs > 0) await options.wait(faults.slowMs, options.signal)
  if (faults.status !== null) return errorResponse({ status: faults.status, message: ASKED })

  const seed = await sha256Hex(JSON.stringify(body))
  const frame = {
    id: `chatcmpl-${seed.slice(0, 24)}`,
    created: Math.floor(options.clock.now() / 1000),
    request,
    replies: writeReplies({ request, reading, markers, seed }, faults),
  }
  if (!request.stream) {
    const object = faults.error ? errorObject(ASKED_ERROR) : completionObject(frame)
    return faults.cut ? cutJsonResponse(object) : jsonResponse(object)
  }
  const chunks = [...completionChunks(frame)]
  const events = faults.error ? [...chunks.slice(0, 2), errorObject(ASKED_ERROR)] : chunks
  return streamResponse(events[Symbol.iterator](), {
    ...options,
    dripMs: faults.dripMs,
    ...(faults.cut ? { cutAfter: Math.ceil(events.length / 2) } : {}),
  })
}

const ASKED = 'The stand-in failed as its marker asked'
const ASKED_ERROR = { status: 500, message: ASKED, code: 'stand_in_error' }

export function unknownModel(model: string): Response {
  return errorResponse({
    status: 404,
    message: `The model '${model.slice(0, 100)}' does not exist: the stand-in has 'stand-in' and 'stand-in-reasoner'`,
    code: 'model_not_found',
    param: 'model',
  })
}

/** Where markers are looked for: in the user's last turn, or in everything a review was sent. */
function steeringText(request: CompletionRequest, reading: Reading): string {
  const isReview = reading.instructions.kind === 'review'
  return isReview ? request.messages.map(textOfMessage).join('\n') : reading.userText
}

type Faults = {
  readonly slowMs: number
  readonly dripMs: number
  readonly status: number | null
  readonly cut: boolean
  readonly error: boolean
  readonly curtailed: boolean
}

function readFaults(markers: Markers, { instructions }: Reading): Faults {
  const isReview = instructions.kind === 'review'
  const has = (draft: MarkerName, review: MarkerName) => markers.has(isReview ? review : draft)
  const status = Number(markers.get(isReview ? 'judge status' : 'status') ?? Number.NaN)
  return {
    slowMs: markerMs(markers, isReview ? 'judge slow' : 'slow'),
    dripMs: isReview ? 0 : markerMs(markers, 'drip'),
    status: status >= 400 && status <= 599 ? Math.floor(status) : null,
    cut: has('cut', 'judge cut'),
    error: has('error', 'judge error'),
    curtailed: has('length', 'judge length'),
  }
}

type Writing = {
  readonly request: CompletionRequest
  readonly reading: Reading
  readonly markers: Markers
  readonly seed: string
}

function writeReplies(writing: Writing, faults: Faults): StandInReply[] {
  const { request } = writing
  return Array.from({ length: request.n ?? 1 }, (_, index) => {
    const reply = writeReply(writing, index)
    return limitReply(faults.curtailed ? curtailReply(reply) : reply, request)
  })
}

function writeReply({ request, reading, markers, seed }: Writing, index: number): StandInReply {
  const { instructions } = reading
  switch (instructions.kind) {
    case 'review':
      return writeReview({ request, channel: instructions.channel, markers })
    case 'list':
      return writeList(instructions, seed)
    case 'document':
      return writeDocument(seed)
    default:
      return writeDraft({
        request,
        reading,
        markers,
        index,
        seed: `${index.toString(16).padStart(2, '0')}${seed.slice(24)}`,
        reasons: hasReasoningField(request.model),
      })
  }
}
