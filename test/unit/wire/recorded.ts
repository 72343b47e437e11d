/** The recorded chat requests that the wire tests run over; none where the recordings are absent. */
import type { JsonObject } from '../../../src/lib/json.ts'
import { loadExchanges } from '../../fakes/replay.ts'

export type RecordedChat = {
  readonly id: string
  readonly status: number
  readonly body: JsonObject
}

export function recordedChats(): readonly RecordedChat[] {
  return (loadExchanges({ api: 'chat' }) ?? []).flatMap(({ id, request, response }) =>
    request.body ? [{ id, status: response.status, body: request.body }] : [],
  )
}
