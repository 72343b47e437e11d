/**
 * The one exhaustive switch from a failure of the heart to the error a client sees. No I/O.
 * What the upstream wrote stays inside: of its refusal only status, code, type and a plain path leave, and only if they
 * look like what they claim to be.
 */
import type { Failure } from '../conversation/outcome.ts'
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
  switch (failure.reason) {
    case 'model_rejected':
      return rejected(failure)
    case 'model_unauthorized':
    case 'model_unreachable':
    case 'model_error_status':
    case 'model_error_in_body':
    case 'model_cut':
    case 'model_empty':
    case 'model_unreadable':
    case 'model_too_large':
      return new GatewayError('upstream_error')
    case 'no_boundary':
    case 'no_reasoning':
    case 'odd_boundary':
    case 'no_answer':
      // The gateway has asked again already; a client's own retry would pay for all of it once more.
      return new GatewayError('upstream_error', {
        message: 'The model wrote no answer that could be released',
        headers: NO_RETRY,
      })
    case 'model_timeout':
      return new GatewayError('upstream_timeout')
    case 'aborted':
      return new GatewayError(failure.by === 'deadline' ? 'deadline_exceeded' : 'client_closed')
    case 'judge_timeout':
    case 'judge_unreachable':
    case 'judge_refused':
    case 'judge_empty':
    case 'judge_unparseable':
    case 'judge_ambiguous':
    case 'judge_miscounted':
    case 'judge_filtered':
    case 'judge_cut':
    case 'judge_unsupported':
    case 'judge_rejected':
      // A retry would pay for the draft again.
      return new GatewayError('judge_unavailable', { headers: NO_RETRY })
    case 'storage_unavailable':
      return new GatewayError('storage_unavailable')
    case 'unsupported':
      return new GatewayError('unsupported_parameter', {
        param: failure.param,
        message: failure.detail,
      })
  }
}

function rejected(failure: Extract<Failure, { reason: 'model_rejected' }>): GatewayError {
  return new GatewayError('upstream_rejected', {
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
