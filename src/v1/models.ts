/**
 * `GET /v1/models` and `/v1/models/{id}`: the upstream's own, remembered for a minute. Asks the upstream.
 * Keeps settled texts only, and never an error.
 */

import { LRUCache } from 'lru-cache'
import { GatewayError } from '../errors.ts'
import { startDeadline } from '../http/deadline.ts'
import type { Clock } from '../lib/clock.ts'
import { parseJson } from '../lib/json.ts'
import { MINUTE_MS } from '../lib/time-spans.ts'
import type { HeaderPairs, Transport } from '../model/transport.ts'
import type { GatewayContext } from './exchange.ts'
import { failureToError } from './failure-to-error.ts'

const MEMORY_MS = MINUTE_MS
const MEMORY_SIZE = 200
const TIMEOUT_MS = 30_000

export type ModelsPorts = {
  readonly transport: Transport
  readonly apiKey: string | null
  readonly clock: Clock
}

/** Answers with the list, or with one model when its id is given. */
export type AnswerModels = (c: GatewayContext, id: string | null) => Promise<Response>

export function createModels({ transport, apiKey, clock }: ModelsPorts): AnswerModels {
  const remembered = new LRUCache<string, { text: string; until: number }>({ max: MEMORY_SIZE })

  async function ask(path: readonly string[], client: AbortSignal): Promise<string> {
    const deadline = startDeadline({ ms: TIMEOUT_MS, client })
    const credentials: HeaderPairs = apiKey === null ? [] : [['authorization', `Bearer ${apiKey}`]]
    try {
      const sent = await transport({
        method: 'GET',
        path,
        headers: [['accept', 'application/json'], ...credentials],
        body: null,
        signal: deadline.signal,
      })
      if (!sent.ok) throw failureToError(sent.failure)
      const { status, body } = sent.value
      const text = await new Response(body).text().catch(unreadable)
      if (status === 404) {
        throw new GatewayError('not_found', { message: 'The model server has no such model' })
      }
      if (status !== 200 || !parseJson(text).ok) throw new GatewayError('upstream_error')
      return text
    } finally {
      deadline.end()
    }
  }

  return async function models(c, id) {
    const path = id === null ? ['models'] : ['models', id]
    const key = path.join('/')
    const known = remembered.get(key)
    const fresh = known && known.until > clock.monotonic() ? known.text : null
    const text = fresh ?? (await ask(path, c.req.raw.signal))
    if (fresh === null) remembered.set(key, { text, until: clock.monotonic() + MEMORY_MS })
    return new Response(text, {
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-request-id': c.get('requestId'),
      },
    })
  }
}

function unreadable(cause: unknown): never {
  throw new GatewayError('upstream_error', { cause })
}
