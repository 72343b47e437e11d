/**
 * Asks a model server for a completion: one POST, sent as it is. I/O: the given fetch. It never retries, follows no
 * redirect, and hands every reply over unread, failing ones too: who reads them has a bound.
 */
import type { UpstreamDialect } from './dialect.ts'

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export type OpenAiClientOptions = {
  readonly dialect: Pick<UpstreamDialect, 'path' | 'defaults' | 'headers'>
  readonly baseURL: string
  /** Null where the upstream wants none. */
  readonly apiKey: string | null
  readonly fetch: Fetch
}

export type CompletionCall = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly stream: boolean
  readonly traceparent: string | undefined
  /** Of the client's, beside the gateway's own, which none of them replaces but its name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal: AbortSignal
}

/** @throws what the fetch throws. */
export type AskCompletion = (call: CompletionCall) => Promise<Response>

export function createAskCompletion(options: OpenAiClientOptions): AskCompletion {
  const { dialect, baseURL, apiKey, fetch } = options
  const url = `${baseURL.replace(/\/$/, '')}${dialect.path}`
  const own = dialect.headers(apiKey)
  return function askCompletion({ body, stream, traceparent, headers: given, signal }) {
    // All that is sent, as a record: every fetch takes one, at a fraction of what a `Headers` costs.
    const headers = {
      'user-agent': 'chambers',
      ...dialect.defaults,
      ...given,
      accept: stream ? 'text/event-stream' : 'application/json',
      ...own,
      'content-type': 'application/json',
      ...(traceparent !== undefined && { traceparent }),
    }
    return fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
  }
}
