/**
 * The `openai` package as a plain sender: silent, without retries, without the environment, without its telemetry headers.
 * I/O: the given fetch. It hands every reply over unread, because the package would read a failing one without a bound.
 */
import OpenAI from 'openai'

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export type OpenAiClientOptions = {
  readonly baseURL: string
  /** Null where the upstream wants none. */
  readonly apiKey: string | null
  readonly fetch: Fetch
}

/** The package refuses to start without a key; this one is never sent. */
const NO_KEY = 'none'

/** All that is sent. What the package adds, or takes from `OPENAI_CUSTOM_HEADERS`, is not the gateway's to say. */
const SENT_HEADERS: readonly string[] = ['accept', 'authorization', 'content-type', 'traceparent']

const SILENT = { error() {}, warn() {}, info() {}, debug() {} }

/** Longer than any call: the call's own watch ends it. */
const NEVER_MS = 2_000_000_000

export function createOpenAiClient({ baseURL, apiKey, fetch }: OpenAiClientOptions): OpenAI {
  return new OpenAI({
    baseURL,
    apiKey: apiKey ?? NO_KEY,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: NEVER_MS,
    logLevel: 'off',
    logger: SILENT,
    // Only silences a check that takes Workers for a browser; no browser runs this.
    dangerouslyAllowBrowser: true,
    fetch: async (input, init) => {
      const all = init?.headers instanceof Headers ? init.headers : new Headers(init?.headers)
      const headers = sentHeaders(all, apiKey !== null)
      const response = await fetch(input, { ...init, headers, redirect: 'manual' })
      return Object.defineProperty(response, 'ok', { value: true })
    },
  })
}

/** As a record, which every fetch takes and which costs a fraction of another `Headers`. */
function sentHeaders(all: Headers, hasKey: boolean): Record<string, string> {
  const sent: Record<string, string> = { 'user-agent': 'chambers' }
  for (const name of SENT_HEADERS) {
    const value = all.get(name)
    if (value !== null && (hasKey || name !== 'authorization')) sent[name] = value
  }
  return sent
}
