/**
 * `GET /v1/models` and `/v1/models/{id}`: the upstream's own, remembered for a minute, in the shape of the contract that the
 * client speaks. Asks the upstream.
 * Keeps settled texts only, so many bytes of them, and never an error.
 */

import { LRUCache } from 'lru-cache'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { isJsonObject, parseJson } from '../lib/json.ts'
import { MINUTE_MS } from '../lib/time-spans.ts'
import type { AskDocument, ServerDocument } from '../model/ask-document.ts'
import { type ListPage, shapeModels } from '../wire/model-lists.ts'
import type { GatewayContext } from './exchange.ts'
import { failureToError } from './failure-to-error.ts'
import { passedHeaders } from './passed-headers.ts'

const MEMORY_MS = MINUTE_MS
const MEMORY_BYTES = 16 * 1024 * 1024

/** Of one reply: the longest list known (OpenRouter's) takes less than 1 MiB. */
export const MAX_MODELS_BYTES = 4 * 1024 * 1024
export const MODELS_TIMEOUT_MS = 30_000

/** What servers answer that have no such route. */
const WITHOUT_ROUTE: readonly number[] = [404, 405, 501]

export type ModelsPorts = { readonly askDocument: AskDocument; readonly clock: Clock }

/** Answers with the list, or with one model when its id is given. */
export type AnswerModels = (c: GatewayContext, id: string | null) => Promise<Response>

export function createModels({ askDocument, clock }: ModelsPorts): AnswerModels {
  const remembered = new LRUCache<string, { text: string; until: number }>({
    maxSize: MEMORY_BYTES,
    // A string takes up to two bytes a character, whatever it took on the wire.
    sizeCalculation: ({ text }, key) => 2 * (text.length + key.length),
  })

  async function ask(id: string | null, client: AbortSignal): Promise<string> {
    const asked = await askDocument(id === null ? ['models'] : ['models', id], client)
    if (!asked.ok) throw failureToError(asked.failure)
    const { status, text } = asked.value
    if (status !== 200) throw refusal(asked.value, id)
    if (!isTold(text)) throw new GatewayError('upstream_error')
    return text
  }

  return async function models(c, id) {
    const key = id ?? ''
    const known = remembered.get(key)
    const fresh = known && known.until > clock.monotonic() ? known.text : null
    const text = fresh ?? (await ask(id, c.req.raw.signal))
    if (fresh === null) remembered.set(key, { text, until: clock.monotonic() + MEMORY_MS })
    return new Response(shapedFor(c, text), {
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-request-id': c.get('requestId'),
        ...(speaksMessages(c) && { 'request-id': c.get('requestId') }),
      },
    })
  }
}

/** Clients of that contract name its version with every request. */
function speaksMessages(c: GatewayContext): boolean {
  return c.req.header('anthropic-version') !== undefined
}

const WHOLE: ListPage = { limit: null, afterId: null, beforeId: null }

/** The upstream's own text where it has the shape. */
function shapedFor(c: GatewayContext, text: string): string {
  const parsed = parseJson(text, { exact: true })
  const [shape, page] = speaksMessages(c)
    ? ['messages' as const, pageOf(c)]
    : ['chat' as const, WHOLE]
  const shaped = parsed.ok ? shapeModels(parsed.value, shape, page) : null
  return shaped === null ? text : JSON.stringify(shaped)
}

/** @throws GatewayError `invalid_request` for a limit that is none. */
function pageOf(c: GatewayContext): ListPage {
  const limit = c.req.query('limit')
  if (limit !== undefined && !/^[1-9]\d{0,3}$/.test(limit)) {
    throw new GatewayError('invalid_request', {
      param: 'limit',
      message: 'limit: it must be a whole number from 1 to 9999',
    })
  }
  return {
    limit: limit === undefined ? null : Number(limit),
    afterId: c.req.query('after_id') ?? null,
    beforeId: c.req.query('before_id') ?? null,
  }
}

/** JSON, and no error in place of what was asked for. */
function isTold(text: string): boolean {
  const parsed = parseJson(text)
  return parsed.ok && !(isJsonObject(parsed.value) && parsed.value.error)
}

function refusal({ status, headers }: ServerDocument, id: string | null): GatewayError {
  if (status === 429) return new GatewayError('rate_limited', { headers: passedHeaders(headers) })
  if (id !== null && status === 404) {
    return new GatewayError('not_found', { message: 'The model server has no such model' })
  }
  if (!WITHOUT_ROUTE.includes(status)) return new GatewayError('upstream_error')
  return new GatewayError('not_found', {
    message: 'The model server tells of no models: it has no such route. Name a model all the same',
  })
}
