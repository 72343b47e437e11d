/**
 * The way to the admin surface of a gateway at a URL. I/O over HTTP. An admin's token is sent to that URL alone: a redirect is not
 * followed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { AdminDoor } from './admin-door.ts'

/** Longer than the golden cases of a push may take. */
const TIMEOUT_MS = 15 * 60_000

/** Whoever is told to wait longer than that wants to know. */
const MAX_WAIT_SECONDS = 60

export function createNetworkDoor(url: string, token: string): AdminDoor {
  const base = `${url.replace(/(?<!\/)\/+$/, '')}/admin/v1`
  return {
    name: url,
    /** A long read through a gateway that limits its admins waits where it is told to. */
    async send({ method, path, headers, body }) {
      for (;;) {
        const response = await reach(url, `${base}${path}`, {
          method,
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
          headers: { authorization: `Bearer ${token}`, ...headers },
          ...(body !== undefined && { body }),
        })
        const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
        if (response.status !== 429 || !(seconds <= MAX_WAIT_SECONDS)) return response
        await response.body?.cancel()
        await pause(seconds * 1000)
      }
    },
  }
}

async function reach(url: string, address: string, init: RequestInit): Promise<Response> {
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
