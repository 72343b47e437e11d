/** A person's place on workerd: the one that every other instance gives them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bucketOf } from '../../../src/revisions/serving/bucket.ts'
import { type EdgeCommand, startEdgeCommand } from '../../fakes/edge-command.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'
import { until } from '../../fakes/waiting.ts'

const PERCENT = 50
const people = Array.from({ length: 30 }, (_, index) => `person ${index}`)

let upstream: Upstream
let edge: EdgeCommand

beforeAll(async () => {
  upstream = await startUpstream(createSpeaker(() => undefined).script)
  edge = await startEdgeCommand({ UPSTREAM_BASE_URL: upstream.url })
})
afterAll(async () => {
  await edge.close()
  await upstream.close()
})

const ask = async (user: string) => {
  const response = await fetch(`${edge.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${edge.appKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', user, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  const answer = await response.json()
  const [policy] = (response.headers.get('x-chambers-policy') ?? '').split('@')
  return { policy, answer, transcript: response.headers.get('x-chambers-transcript') }
}
const admin = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${edge.url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${edge.adminToken}`,
      'content-type': 'application/json',
      'if-match': '*',
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return response.json()
}

it('people are moved to another policy by the same places', async () => {
  await admin('POST', '/policies/default/move', { to: 'agentic', percent: PERCENT })
  const { tenant, app } = (await admin('GET', '/keys')).keys[0]
  const placeOf = (value: string) =>
    bucketOf({ tenant, app }, { kind: 'user', value }, 'default>agentic')
  const [first = ''] = people.filter((name) => placeOf(name) < PERCENT)
  await until('the move', async () => (await ask(first)).policy === 'agentic')
  const served: (string | undefined)[] = []
  for (const name of people) served.push((await ask(name)).policy)
  expect(served).toEqual(people.map((name) => (placeOf(name) < PERCENT ? 'agentic' : 'default')))
  const { transcript } = await ask(first)
  const record = await admin('GET', `/transcripts/${transcript}`)
  expect([record.policy.id, record.cohort]).toMatchObject([
    'agentic',
    { bucket: placeOf(first), unit: 'user', move: { from: 'default', to: 'agentic' } },
  ])
})
