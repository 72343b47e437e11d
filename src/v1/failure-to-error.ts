/**
 * From a failure of the heart to the error a client sees, by the table of failures. No I/O.
 * What the upstream wrote stays inside: of its refusal only status, code, type and a plain path leave, and only if they
 * look like what they claim to be.
 */
import {
  type Failure,
  meaningOf,
  STORAGE_FAILURES,
  type ToldFailure,
} from '../conversation/failures.ts'
import { GatewayError } from '../errors.ts'
import type { StorageFailure } from '../transcript/store/sink.ts'
import { passedHeaders } from './passed-headers.ts'

/** A machine word: never a sentence, so never a quotation. */
const WORD = /^[A-Za-z0-9_.-]{1,64}$/

/** A path to a parameter of the client's own; paths into messages are left out, for the client's are not the upstream's. */
const PARAMETER = /^(?!messages\b)[A-Za-z0-9_.[\]-]{1,64}$/

/** Read by the official client libraries before they retry by themselves. */
const NO_RETRY = { 'x-should-retry': 'false' }

export function failureToError(failure: Failure | StorageFailure): GatewayError {
  if (failure.reason === 'model_rejected') return rejected(failure)
  if (failure.reason === 'storage_unavailable') return told(STORAGE_FAILURES[failure.reason])
  if (failure.reason !== 'unsupported') return told(meaningOf(failure))
  const { param, detail: message } = failure
  return new GatewayError(meaningOf(failure).code, { param, message })
}

function told({ code, message, appRetries }: ToldFailure): GatewayError {
  return new GatewayError(code, {
    ...(message !== undefined && { message }),
    ...(!appRetries && { headers: NO_RETRY }),
  })
}

function rejected(failure: Extract<Failure, { reason: 'model_rejected' }>): GatewayError {
  return new GatewayError(meaningOf(failure).code, {
    status: failure.status,
    upstreamCode: wordOf(failure.code) ?? codeOfStatus(failure.status),
    upstreamType: wordOf(failure.type),
    param: failure.param !== null && PARAMETER.test(failure.param) ? failure.param : null,
    headers: passedHeaders(failure.headers),
  })
}

function wordOf(value: string | null): string | null {
  return value !== null && WORD.test(value) ? value : null
}

function codeOfStatus(status: number): string {
  if (status === 404) return 'not_found'
  if (status === 413) return 'request_too_large'
  return status === 429 ? 'rate_limited' : 'invalid_request'
}
