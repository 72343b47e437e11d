/** Responses that are kept, and the routes of them. Made once per process or isolate. */
import { createKeptResponses, type KeptResponses } from '../../v1/kept-responses.ts'
import { createResponseRoutes, type ResponseRoutes } from '../../v1/response-routes.ts'
import type { Bounds, Platform } from '../platform.ts'
import type { Recording } from './recording.ts'
import type { State } from './state.ts'

export type Responses = {
  readonly kept: KeptResponses
  readonly routes: ResponseRoutes
}

export type ResponsesOptions = {
  readonly platform: Pick<Platform, 'telemetry'>
  readonly bounds: Pick<Bounds, 'maxBodyBytes' | 'storeTimeoutMs'>
  readonly recording: Pick<Recording, 'subjectKey'>
  readonly state: Pick<State, 'store' | 'times'>
}

export function createResponses({
  platform,
  bounds,
  recording,
  state,
}: ResponsesOptions): Responses {
  const { maxBodyBytes, storeTimeoutMs } = bounds
  const kept = createKeptResponses({
    store: state.store,
    responseMs: state.times.responseMs,
    subjectKey: recording.subjectKey,
    metrics: platform.telemetry.metrics,
    timeoutMs: storeTimeoutMs,
    maxLength: maxBodyBytes,
  })
  return { kept, routes: createResponseRoutes({ kept, maxBodyBytes }) }
}
