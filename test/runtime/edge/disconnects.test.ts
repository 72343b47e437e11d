import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EdgeCommand, startEdgeCommand } from '../../fakes/edge-command.ts'
import { type Hanging, leaveAt, POINTS, type Point, startHanging } from '../disconnects.ts'

/**
 * The platform learns that a reader has gone by writing to it, where the first write may still seem to succeed; a held
 * stream is written to once a second.
 */
const TOLD_MS = 3_000

const DEADLINE_MS = 3_500

let hanging: Hanging
let edge: EdgeCommand

beforeAll(async () => {
  hanging = await startHanging()
  edge = await startEdgeCommand({
    UPSTREAM_BASE_URL: hanging.upstream.url,
    DEADLINE_MS: String(DEADLINE_MS),
  })
})
afterAll(async () => {
  await edge.close()
  await hanging.upstream.close()
})

function post(route: string, body: object, signal: AbortSignal): Promise<Response> {
  return fetch(`${edge.url}/v1/${route}`, {
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
      const response = await post('chat/completions', { ...body, stream: true }, signal)
      head.resolve(response)
      return response.text()
    },
  })
  return { told, response: await head.promise }
}

describe.concurrent('a client that leaves a gateway on workerd', () => {
  it.each(POINTS)('ends $at with its stream', async (point) => {
    const { told } = await leaveStream(point, 'after-headers')
    expect(told).toHaveLength(point.open)
    expect(Math.max(...told)).toBeLessThan(TOLD_MS)
  })

  it('leaves a record of it', async ({ expect }) => {
    const [draft] = POINTS
    if (!draft) throw new Error('no point')
    const { response } = await leaveStream(draft, 'after-headers')
    const id = response.headers.get('x-chambers-transcript')
    const read = async () => {
      const answer = await fetch(`${edge.url}/admin/v1/transcripts/${id}`, {
        headers: { authorization: `Bearer ${edge.adminToken}` },
      })
      return answer.json()
    }
    await expect
      .poll(read, { timeout: 5_000 })
      .toMatchObject({ outcome: { kind: 'failed', reason: 'aborted' }, final: null })
  })

  // The platform tells nothing of a client whose response has not begun.
  it.each(POINTS.slice(0, 2))(
    'ends $at at the deadline where the request asked for JSON',
    async (point) => {
      const told = await leaveAt(point, {
        ...hanging,
        stall: 'after-headers',
        ask: async (body, signal) => (await post('chat/completions', body, signal)).text(),
      })
      expect(Math.max(...told)).toBeLessThan(DEADLINE_MS + 500)
    },
  )
})
