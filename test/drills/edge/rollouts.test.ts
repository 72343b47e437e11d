import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestEdge, type TestEdge } from '../../fakes/edge.ts'
import {
  createRolloutAdmin,
  isCandidatesReview,
  POLICY,
  rolloutBundles,
} from '../../fakes/rollouts.ts'
import { createSpeaker, verdictReply, violation } from '../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'

const CHAT = { model: 'any', messages: [{ role: 'user', content: 'When do I sow beans?' }] }

let upstream: Upstream
let edge: TestEdge
beforeAll(async () => {
  const { script } = createSpeaker((asked) =>
    isCandidatesReview(asked) ? verdictReply(asked, violation(asked)) : undefined,
  )
  upstream = await startUpstream(script)
  const variables = { UPSTREAM_REASONING: 'tagged' }
  edge = await startTestEdge({ upstream: upstream.url, variables })
})
afterAll(async () => {
  await edge?.close()
  await upstream?.close()
})

const { policy, push, activate, call } = createRolloutAdmin(
  () => edge,
  () => edge.signer,
)
const ask = async () => {
  const response = await fetch(`${edge.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${edge.appKey}`,
      'content-type': 'application/json',
      'x-chambers-policy': POLICY,
    },
    body: JSON.stringify(CHAT),
  })
  await response.arrayBuffer()
  return [response.status, response.headers.get('x-chambers-policy')]
}

it('a candidate beside the traffic is run and halted behind requests, with no timer of its own', async () => {
  const { active, candidate } = await rolloutBundles()
  await push(active, 1)
  await activate({ revision: 1, percent: 100, shadow: false })
  await push(candidate, 2)
  await activate({ revision: 2, percent: 0, shadow: true })
  // An isolate that does not know the candidate yet runs none.
  await expect
    .poll(async () => {
      expect(await ask()).toEqual([200, `${POLICY}@${active.digest}`])
      return (await policy())?.rollout?.reviews.reviewed ?? 0
    })
    .toBeGreaterThan(0)
  for (let request = 0; request < 12; request++) await ask()
  await expect.poll(async () => (await policy())?.state.action).toBe('halt')
  expect((await policy())?.state).toMatchObject({
    changedBy: 'gateway',
    reason: 'disagreement: 1.00 against 0.30',
  })
  const { reviews } = await call('GET', `/policies/${POLICY}/reviews`)
  expect(reviews.length).toBeGreaterThanOrEqual(10)
})
