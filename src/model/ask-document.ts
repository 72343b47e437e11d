/**
 * Asks a model server for a document, such as its list of models: one GET, read like every reply, within a bound and decoded
 * whatever was asked for. I/O: the given fetch. It never retries and follows no redirect.
 */
import type { ModelFailure } from '../conversation/model.ts'
import type { Clock } from '../lib/clock.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { readBodyText } from './body-text.ts'
import { CallWatch } from './call-watch.ts'
import { connectionFailure } from './connection-failure.ts'
import type { UpstreamDialect } from './dialect.ts'
import { keptHeaders } from './kept-headers.ts'
import type { OpenAiClientOptions } from './openai-client.ts'
import { upstreamPath } from './transport.ts'

export type DocumentOptions = Omit<OpenAiClientOptions, 'dialect'> & {
  readonly dialect: Pick<UpstreamDialect, 'defaults' | 'headers'>
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBytes: number
}

export type ServerDocument = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty where the status is none of success: nothing reads an error's words. */
  readonly text: string
}

/** `path`: segments below the base, not encoded. */
export type AskDocument = (
  path: readonly string[],
  caller: AbortSignal,
) => Promise<Result<ServerDocument, ModelFailure>>

export function createAskDocument(options: DocumentOptions): AskDocument {
  const { dialect, baseURL, apiKey, fetch, clock, timeoutMs, maxBytes } = options
  const base = new URL(baseURL)
  const headers = {
    'user-agent': 'chambers',
    ...dialect.defaults,
    accept: 'application/json',
    ...dialect.headers(apiKey),
  }
  return async function askDocument(path, caller) {
    const watch = new CallWatch({ caller, clock, totalMs: timeoutMs })
    try {
      const url = new URL(upstreamPath(base, path), base)
      const { signal } = watch
      const response = await fetch(url, { method: 'GET', headers, signal, redirect: 'manual' })
      const text = response.ok ? await readText(response, watch, maxBytes) : await leave(response)
      if (!text.ok) return text
      const { status } = response
      return succeed({ status, headers: keptHeaders(response.headers), text: text.value })
    } catch (error) {
      return fail(watch.failure ?? connectionFailure(error))
    } finally {
      watch.dispose()
    }
  }
}

async function readText(
  { body }: Response,
  watch: CallWatch,
  maxBytes: number,
): Promise<Result<string, ModelFailure>> {
  const pieces: string[] = []
  const onText = (text: string): boolean => {
    pieces.push(text)
    return false
  }
  const end = await readBodyText(body, { watch, maxBytes, onText })
  if (watch.failure) return fail(watch.failure)
  if (end === 'too_large') return fail({ reason: 'model_too_large', limitBytes: maxBytes })
  return end === 'broken' ? fail({ reason: 'model_cut' }) : succeed(pieces.join(''))
}

/** A body that nobody reads holds its connection until it is cancelled. */
async function leave({ body }: Response): Promise<Result<string, ModelFailure>> {
  await body?.cancel()
  return succeed('')
}
