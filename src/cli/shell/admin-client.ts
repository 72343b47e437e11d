/**
 * Asks the admin surface of a gateway, for the command line. I/O over HTTP. An admin's token is sent to the named URL alone:
 * a redirect is not followed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { type JsonValue, parseJson } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'

/** What a gateway says when it does not do what it is asked, as far as people are told of it. */
const problemSchema = z.looseObject({ code: z.string(), detail: z.string() })

export type Problem = z.infer<typeof problemSchema>

export type Asked = {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Below `/admin/v1`, with its query. */
  readonly path: string
  readonly body?: object
  /** The version of the state that a change is meant for. */
  readonly ifMatch?: number | null
}

export type Success = { readonly ok: true; readonly value: JsonValue }

export type Answered = Success | { readonly ok: false; readonly problem: Problem }

export interface AdminClient {
  /** @throws Error in one clear line, for whatever is no success. */
  ask(asked: Asked): Promise<Success>
  /** Problems with the codes that are expected come back as they are. */
  ask(asked: Asked, expected: readonly string[]): Promise<Answered>
}

/** Longer than the golden cases of a push may take. */
const TIMEOUT_MS = 15 * 60_000

/** Whoever is told to wait longer than that wants to know. */
const MAX_WAIT_SECONDS = 60

export function createAdminClient(url: string, token: string): AdminClient {
  const base = `${url.replace(/\/+$/, '')}/admin/v1`

  async function ask(asked: Asked): Promise<Success>
  async function ask(asked: Asked, expected: readonly string[]): Promise<Answered>
  async function ask(
    { method = 'GET', path, body, ifMatch }: Asked,
    expected: readonly string[] = [],
  ): Promise<Answered> {
    const response = await sendPatiently(url, `${base}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch === null ? '*' : `"${ifMatch}"` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = parseJson(text)
    if (response.ok) {
      if (text === '') return { ok: true, value: null }
      if (json.ok) return { ok: true, value: json.value }
      throw new Error(`Name a gateway with --url: ${url} answered no JSON`)
    }
    const problem = problemSchema.safeParse(json.ok ? json.value : null)
    if (!problem.success) {
      throw new Error(`Name a gateway with --url: ${url} answered ${response.status}`)
    }
    const { code, detail } = problem.data
    if (expected.includes(code)) return { ok: false, problem: problem.data }
    throw new Error(`${url} answered ${response.status} ${code}: ${printable(detail)}`)
  }

  return { ask }
}

/** A long read through a gateway that limits its admins waits where it is told to. */
async function sendPatiently(
  ...sent: readonly [url: string, address: string, init: RequestInit]
): Promise<Response> {
  for (;;) {
    const response = await send(...sent)
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    if (response.status !== 429 || !(seconds <= MAX_WAIT_SECONDS)) return response
    await response.body?.cancel()
    await pause(seconds * 1000)
  }
}

async function send(url: string, address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init)
  } catch (error) {
    throw new Error(`Cannot reach ${url} (${causeOf(error)}): does the gateway run there?`)
  }
}

/** The innermost word on why: `fetch failed` alone helps nobody. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) {
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  }
  return error.message
}
