import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EdgeCommand, startEdgeCommand } from '../../fakes/edge-command.ts'
import { type Hanging, leaveAt, POINTS, type Point, startHanging } from '../disconnects.ts'

/** For requests of which the platform tells nothing; beyond the end of the tests for the others. */
const DEADLINE_MS = { soon: 3_500, never: 3_600_000 }

let hanging: Hanging
let edges: { readonly soon: EdgeCommand; readonly never: EdgeCommand }

beforeAll(async () => {
  hanging = await startHanging()
  const start = (deadlineMs: number) =>
    startEdgeCommand({
      UPSTREAM_BASE_URL: hanging.upstream.url,
      DEADLINE_MS: String(deadlineMs),
    })
  edges = { soon: await start(DEADLINE_MS.soon), never: await start(DEADLINE_MS.never) }
})
afterAll(async () => {
  await edges.soon.close()
  await edges.never.close()
  await hanging.upstream.close()
})

function post(edge: EdgeCommand, body: object, signal: AbortSignal): Promise<Response> {
  return fetch(`${edge.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${edge.appKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
}

/** Leaves a stream whose head has come: from there on the platform tells. */
async function leaveStream(point: Point, stall: 'before-headers' | 'after-headers') {
  const head = Promise.withResolvers<Response>()
  const told = await leaveAt(point, {
    ...hanging,
    stall,
    until: head.promise,
    ask: async (body, signal) => {
      const response = await post(edges.never, { ...body, stream: true }, signal)
      head.resolve(response)
      return response.text()
    },
  })
  const response = await head.promise
  return { told, transcript: response.headers.get('x-chambers-transcript') }
}

/** The end that was recorded, once there is one. */
async function endOf(transcript: string | null): Promise<unknown> {
  const { url, adminToken } = edges.never
  const answer = await fetch(`${url}/admin/v1/transcripts/${transcript}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  return answer.json()
}

describe.concurrent('a client that leaves a gateway on workerd', () => {
  // The platform learns that a reader has gone by writing to it: a held stream is written to once a second.
  it.for(POINTS)(
    'ends $at with its stream, and leaves a record of it',
    async (point, { expect }) => {
      const { told, transcript } = await leaveStream(point, 'after-headers')
      expect(told).toBe(point.open)
      await expect
        .poll(() => endOf(transcript))
        .toMatchObject({ outcome: { kind: 'failed', reason: 'aborted' }, final: null })
    },
  )

  // The platform tells nothing of a client whose response has not begun.
  it.each(POINTS.slice(0, 2))(
    'ends $at at the deadline where the request asked for JSON',
    async (point) => {
      const told = await leaveAt(point, {
        ...hanging,
        stall: 'after-headers',
        ask: async (body, signal) => (await post(edges.soon, body, signal)).text(),
      })
      expect(told).toBe(point.open)
    },
  )
})
