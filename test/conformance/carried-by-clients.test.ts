/**
 * Reasoning that clients carry between turns, by the doors of Responses and Messages through a running gateway: sealed on its way
 * out, opened on its way back, and refused where it is not the gateway's own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/lib/json.ts'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import { type Asked, behave, createSpeaker, decisionLine } from '../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../fakes/upstream.ts'

const THOUGHT = 'It is a greeting, and so is the answer.'
const speaker = createSpeaker()
let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  gateway = await startTestGateway({ upstream: upstream.url, strategy: 'native' })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

type Way = {
  readonly door: string
  readonly route: string
  readonly first: JsonObject
  readonly tokenOf: (answer: JsonObject) => unknown
  /** The next request, with the answer in it and this token. */
  readonly next: (answer: JsonObject, token: string) => JsonObject
  readonly param: string
}

const WAYS: readonly Way[] = [
  {
    door: 'Responses',
    route: 'responses',
    first: { input: 'Hi', include: ['reasoning.encrypted_content'], store: false },
    tokenOf: ({ output }) => (output as readonly JsonObject[])[0]?.encrypted_content,
    next: ({ output }, token) => ({
      input: [
        { role: 'user', content: 'Hi' },
        ...(output as readonly JsonObject[]).map((item) =>
          item.type === 'reasoning' ? { ...item, encrypted_content: token } : item,
        ),
        { role: 'user', content: 'Go on.' },
      ],
    }),
    param: 'input[1].encrypted_content',
  },
  {
    door: 'Messages',
    route: 'messages',
    first: {
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 500,
      thinking: { type: 'enabled', budget_tokens: 1024 },
    },
    tokenOf: ({ content }) => (content as readonly JsonObject[])[0]?.signature,
    next: ({ content }, token) => ({
      max_tokens: 500,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: (content as readonly JsonObject[]).map((block) =>
            block.type === 'thinking' ? { ...block, signature: token } : block,
          ),
        },
        { role: 'user', content: 'Go on.' },
      ],
    }),
    param: 'messages.1.content.0.signature',
  },
]

const post = (route: string, body: JsonObject) =>
  gateway.post(route, body, { 'anthropic-version': '2023-06-01' })

describe.each(WAYS)('by $door', ({ door, route, first, tokenOf, next, param }) => {
  const model = `carried-by-${door}`
  const thinking = (asked: Asked) =>
    asked.kind === 'native'
      ? behave(asked, { message: { reasoning_content: `${THOUGHT}\n${decisionLine()}` } })
      : undefined

  async function begin() {
    speaker.on(model, thinking)
    const response = await post(route, { model, ...first })
    const text = await response.text()
    const answer = JSON.parse(text) as JsonObject
    return { text, answer, token: String(tokenOf(answer)) }
  }

  it('reasoning leaves sealed alone, and comes back to the model that wrote it', async () => {
    const { text, answer, token } = await begin()
    expect([text.includes(THOUGHT), token.split('.').length]).toEqual([false, 5])
    const response = await post(route, { model, ...next(answer, token) })
    expect(response.status).toBe(200)
    const asked = speaker.asked(model).findLast(({ kind }) => kind === 'native')
    const turns = asked?.body.messages as readonly JsonObject[]
    const said = turns.find(({ role }) => role === 'assistant')
    expect(said?.reasoning_content).toContain(THOUGHT)
  })

  it('what was altered is refused, by its place', async () => {
    const { answer, token } = await begin()
    const forged = `${token.slice(0, -4)}AAAA`
    const response = await post(route, { model, ...next(answer, forged) })
    const body = await response.text()
    expect([response.status, body.includes(param)]).toEqual([400, true])
  })
})
