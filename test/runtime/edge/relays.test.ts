/** Relays on workerd: silence ends them, and the deadline of what is deliberated does not. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EdgeCommand, startEdgeCommand } from '../../fakes/edge-command.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import {
  type RecordedRequest,
  type Reply,
  startUpstream,
  type Upstream,
} from '../../fakes/upstream.ts'

let upstream: Upstream
let edge: EdgeCommand
const replies = new Map<string, Reply>()
const speaker = createSpeaker(() => ({ stall: 'before-headers' }))

const answer = (asked: RecordedRequest): Reply => {
  const { model = '' } = (asked.json ?? {}) as { model?: string }
  return replies.get(model) ?? speaker.script(asked)
}

beforeAll(async () => {
  upstream = await startUpstream(answer)
  edge = await startEdgeCommand({
    UPSTREAM_BASE_URL: upstream.url,
    DEADLINE_MS: '1500',
    FIRST_TOKEN_MS: '60000',
    IDLE_MS: '4000',
  })
})
afterAll(async () => {
  await edge.close()
  await upstream.close()
})

function post(route: string, body: object): Promise<Response> {
  return fetch(`${edge.url}/v1/${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${edge.appKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

it('a relay outlives the deadline of what is deliberated', async () => {
  const held = Promise.withResolvers<void>()
  const pieces = async function* () {
    yield '{"first":1,'
    await held.promise
    yield '"last":2}'
  }
  replies.set('slow', { pieces: pieces() })
  const relayed = await post('embeddings', { model: 'slow', input: 'x' })
  const messages = [{ role: 'user', content: 'Good day' }]
  const late = await post('chat/completions', { model: 'silent', messages })
  expect([late.status, (await late.json()).error.code]).toEqual([504, 'deadline_exceeded'])
  held.resolve()
  expect(await relayed.json()).toEqual({ first: 1, last: 2 })
})

it('a relay that falls silent is broken off', async () => {
  replies.set('silent body', { pieces: ['{"first":1,'], ending: 'stall' })
  const relayed = await post('embeddings', { model: 'silent body', input: 'x' })
  expect(relayed.status).toBe(200)
  await expect(relayed.text()).rejects.toThrow()
  await upstream.requests.find(({ body }) => body.includes('silent body'))?.aborted
})
