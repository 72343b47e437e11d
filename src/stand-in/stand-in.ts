/**
 * The stand-in model: a scripted program that speaks the model's side of OpenAI's API, for a start without an account.
 * A function from request to response: it listens on nothing and calls nobody. It is not a language model and says so in
 * its model ids and in every answer; `stand-in/markers.ts` lists the words that steer it.
 */
import { type Clock, systemClock } from '../lib/clock.ts'
import { type JsonValue, parseJson } from '../lib/json.ts'
import { answerChat, unknownModel } from './chat.ts'
import { answerEmbeddings } from './embeddings.ts'
import { isKnownModel, modelList, modelObject } from './models.ts'
import { answerModerations } from './moderations.ts'
import { errorResponse, jsonResponse, type Wait } from './responses.ts'

export type StandInOptions = {
  readonly clock?: Clock
  /** How the markers `slow` and `drip` pass time; rejects with the signal's reason when that aborts. */
  readonly wait?: Wait
}

export type StandIn = (input: Request | string | URL, init?: RequestInit) => Promise<Response>

/** Makes the stand-in; it serves as a `fetch` for any origin, for paths that begin with `/v1/`. */
export function createStandIn({
  clock = systemClock,
  wait = waitFor,
}: StandInOptions = {}): StandIn {
  return async (input, init) => {
    const request = new Request(input, init)
    const { signal, method } = request
    signal.throwIfAborted()
    const { pathname } = new URL(request.url)
    if (method === 'GET') return answerGet(pathname)
    const answer = Object.hasOwn(POSTS, pathname) ? POSTS[pathname] : undefined
    if (method !== 'POST' || !answer) return notFound(method, pathname)
    const body = parseJson(await request.text())
    return body.ok
      ? answer(body.value, { clock, wait, signal })
      : errorResponse({ status: 400, message: `The body is not readable: ${body.failure.reason}` })
  }
}

type Answer = (
  body: JsonValue,
  options: { readonly clock: Clock; readonly wait: Wait; readonly signal: AbortSignal },
) => Response | Promise<Response>

const POSTS: Readonly<Record<string, Answer>> = {
  '/v1/chat/completions': answerChat,
  '/v1/embeddings': answerEmbeddings,
  '/v1/moderations': answerModerations,
}

const MODEL_PATH = /^\/v1\/models\/([^/]+)$/

function answerGet(pathname: string): Response {
  if (pathname === '/v1/models') return jsonResponse(modelList())
  const id = MODEL_PATH.exec(pathname)?.[1]
  if (id === undefined) return notFound('GET', pathname)
  return isKnownModel(id) ? jsonResponse(modelObject(id)) : unknownModel(id)
}

function notFound(method: string, pathname: string): Response {
  return errorResponse({
    status: 404,
    message: `The stand-in has no route ${method} ${pathname.slice(0, 200)}`,
    code: 'not_found',
  })
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
