/**
 * What a client suite runs against: a gateway on some platform, and the model server behind it, which remembers what it was
 * asked. I/O: starts the model server.
 */
import OpenAI from 'openai'
import type { JsonObject } from '../../../src/lib/json.ts'
import { createStandIn } from '../../../src/stand-in/stand-in.ts'
import type { TranscriptJson } from '../../fakes/gateway.ts'
import {
  type RecordedRequest,
  type Script,
  startUpstream,
  type Upstream,
} from '../../fakes/upstream.ts'

export type ClientTarget = {
  /** For clients, with `/v1`. */
  readonly baseURL: string
  readonly apiKey: string
  readonly model: RecordedModel
  /** The stored record of this id; null when there is none. */
  transcript(id: string): Promise<TranscriptJson | null>
  close(): Promise<void>
}

export type RecordedModel = {
  readonly upstream: Upstream
  /** The bodies of the drafts, and the number of reviews, that the model was asked for while `act` ran. */
  during(act: () => Promise<unknown>): Promise<Asked>
}

export type Asked = {
  readonly requests: readonly RecordedRequest[]
  readonly drafts: readonly JsonObject[]
  readonly reviews: number
}

/** The key that the gateway shows to its model server. */
export const VENDOR_KEY = 'vendor-key'

export const QUESTION = 'How do I pick a strong password?'

/** What any client asks first. */
export const ASK = {
  model: 'stand-in',
  messages: [{ role: 'user' as const, content: QUESTION }],
}

/** The official client of a target; it repeats nothing unless told to. */
export function clientOf({ baseURL, apiKey }: ClientTarget, options: object = {}): OpenAI {
  return new OpenAI({ baseURL, apiKey, maxRetries: 0, ...options })
}

/** The first request, with other words. */
export function saying(content: string) {
  return { ...ASK, messages: [{ role: 'user' as const, content }] }
}

/** A stand-in on a port of its own, recorded. */
export async function startRecordedModel(): Promise<RecordedModel> {
  const upstream = await startUpstream(standInScript())
  return {
    upstream,
    async during(act) {
      const before = upstream.requests.length
      await act()
      const requests = upstream.requests.slice(before)
      const bodies = requests.map(({ json }) => json as JsonObject)
      const drafts = bodies.filter((body) => !isReview(body))
      return { requests, drafts, reviews: bodies.length - drafts.length }
    },
  }
}

function isReview(body: JsonObject): boolean {
  return JSON.stringify(body.response_format ?? null).includes('"verdict_')
}

function standInScript(): Script {
  const standIn = createStandIn()
  return async ({ method, url, headers, body }) => {
    const answer = await standIn(
      new Request(`http://stand-in.invalid${url}`, {
        method,
        headers: { 'content-type': headers['content-type'] ?? '' },
        ...(method === 'POST' && { body }),
      }),
    )
    const text = new Uint8Array(await answer.arrayBuffer())
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text }
  }
}

/** All that a stream yields. */
export async function gather<Item>(stream: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const item of stream) items.push(item)
  return items
}
