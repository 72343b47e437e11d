/** A policy in `shadow` on workerd: a request of unknown length is relayed at once, and deliberated upon behind a queue. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestEdge, type TestEdge } from '../../fakes/edge.ts'
import { revise } from '../../fakes/revisions.ts'
import { createRolloutAdmin, POLICY } from '../../fakes/rollouts.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'
import { gardenBundle } from '../../unit/policy/garden.ts'

const CHAT = { model: 'any', messages: [{ role: 'user', content: 'When do I sow beans?' }] }

const speaker = createSpeaker()
let upstream: Upstream
let edge: TestEdge
beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  edge = await startTestEdge({
    upstream: upstream.url,
    variables: { UPSTREAM_REASONING: 'tagged' },
  })
})
afterAll(async () => {
  await edge?.close()
  await upstream?.close()
})

const { push, activate } = createRolloutAdmin(
  () => edge,
  () => edge.signer,
)

/** Sent in two pieces, so that nobody knows the length beforehand. */
async function askInChunks(): Promise<Response> {
  const text = JSON.stringify(CHAT)
  const pieces = [text.slice(0, 20), text.slice(20)].values()
  const pull = (controller: ReadableStreamDefaultController<string>) => {
    const { done, value } = pieces.next()
    if (done) controller.close()
    else controller.enqueue(value)
  }
  return fetch(`${edge.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${edge.appKey}`,
      'content-type': 'application/json',
      'x-chambers-policy': POLICY,
    },
    body: new ReadableStream<string>({ pull }).pipeThrough(new TextEncoderStream()),
    duplex: 'half',
  } as RequestInit)
}

async function recordOf(response: Response): Promise<unknown> {
  const id = response.headers.get('x-chambers-transcript')
  const read = await fetch(`${edge.url}/admin/v1/transcripts/${id}`, {
    headers: { authorization: `Bearer ${edge.adminToken}` },
  })
  return read.json()
}

it('is seen whole, and recorded', async () => {
  const bundle = await revise(await gardenBundle(), (content) => ({ ...content, mode: 'shadow' }))
  await push(bundle, 1)
  await activate({ revision: 1, percent: 100, shadow: false })
  const response = await askInChunks()
  expect([response.status, response.headers.get('x-chambers-mode')]).toEqual([200, 'shadow'])
  await response.arrayBuffer()
  expect(JSON.parse(upstream.requests[0]?.body ?? '')).toEqual(CHAT)
  await expect
    .poll(() => recordOf(response))
    .toMatchObject({ mode: 'shadow', request: CHAT, outcome: { kind: 'passed' } })
})
