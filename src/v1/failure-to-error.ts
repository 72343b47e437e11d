/**
 * From a failure of the heart to the error a client sees, by the table of failures. No I/O.
 * What the upstream wrote stays inside: of its refusal only its status, a code of the contract and the name of a parameter
 * that the client has sent leave, and what it took in tokens.
 */
import {
  type Failure,
  meaningOf,
  STORAGE_FAILURES,
  type ToldFailure,
} from '../conversation/failures.ts'
import { knownCode } from '../conversation/rejections.ts'
import { ERRORS, GatewayError } from '../errors.ts'
import type { StorageFailure } from '../transcript/store/sink.ts'
import { passedHeaders } from './passed-headers.ts'

/** A path to a parameter of the client's own; paths into messages are left out, for the client's are not the upstream's. */
const PARAMETER = /^(?!messages\b)[A-Za-z0-9_.[\]-]{1,64}$/

/** Read by the official client libraries before they retry by themselves. */
const NO_RETRY = { 'x-should-retry': 'false' }

/** `nameOf`: the client's own name for a parameter, where its contract has another; null where it has sent none. */
export function failureToError(
  failure: Failure | StorageFailure,
  nameOf: (param: string) => string | null = (param) => param,
): GatewayError {
  if (failure.reason === 'model_rejected') return rejected(failure, nameOf)
  if (failure.reason === 'storage_unavailable') return told(STORAGE_FAILURES[failure.reason])
  if (failure.reason !== 'unsupported') return told(meaningOf(failure))
  const { param, detail: message } = failure
  return new GatewayError(meaningOf(failure).code, { param: nameOf(param), message })
}

function told({ code, message, appRetries }: ToldFailure): GatewayError {
  return new GatewayError(code, {
    ...(message !== undefined && { message }),
    ...(!appRetries && { headers: NO_RETRY }),
  })
}

type Rejection = Extract<Failure, { reason: 'model_rejected' }>

function rejected(failure: Rejection, nameOf: (param: string) => string | null): GatewayError {
  const { code, message = spentMessage(failure), appRetries } = meaningOf(failure)
  const isUnexplained = code === 'upstream_rejected'
  const { param } = failure
  return new GatewayError(code, {
    ...(isUnexplained && { status: failure.status }),
    ...(message !== undefined && { message }),
    wireCode: knownCode(failure.code) ?? (isUnexplained ? codeOfStatus(failure.status) : null),
    param: param !== null && PARAMETER.test(param) ? nameOf(param) : null,
    headers: { ...passedHeaders(failure.headers), ...(!appRetries && NO_RETRY) },
  })
}

/** What was too long, in the words that clients look for. */
function spentMessage({ spent, tokens }: Rejection): string | undefined {
  if (!spent) return undefined
  const { conversation, policy } = spent
  const took = `the conversation takes about ${conversation} tokens and the policy about ${policy}`
  return tokens?.context
    ? `This model's maximum context length is ${tokens.context} tokens: ${took}`
    : `${ERRORS.context_length_exceeded.message}: ${took}`
}

function codeOfStatus(status: number): string {
  if (status === 404) return 'not_found'
  if (status === 413) return 'request_too_large'
  return 'invalid_request'
}
