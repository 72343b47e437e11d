/** Servers that have no chat completions, behind a whole gateway in `enforce`: by Responses or Messages alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { BLOB, inMessages, inResponses } from '../../fakes/other-contracts.ts'
import { ANSWER, createSpeaker, decisionLine, replyOf, THOUGHT } from '../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'

const MESSAGES = [{ role: 'user', content: 'Weather in Paris?' }]
const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
}

describe.each([
  ['responses', inResponses],
  ['messages', inMessages],
] as const)('a server of %s alone', (api, speakIn) => {
  const speaker = createSpeaker()
  let upstream: Upstream
  let gateway: TestGateway

  beforeAll(async () => {
    upstream = await startUpstream(speakIn(speaker.script))
    gateway = await startTestGateway({ upstream: upstream.url })
  })

  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })

  it('is found, deliberates and is judged', async () => {
    const response = await gateway.ask({ model: 'm', messages: MESSAGES })
    const body = (await response.json()) as JsonObject
    expect(body).toMatchObject({
      choices: [{ message: { content: ANSWER }, finish_reason: 'stop' }],
    })
    expect(JSON.stringify(body)).not.toContain(THOUGHT)
    const transcript = await gateway.transcript(response)
    expect(transcript?.attempts[0]).toMatchObject({
      reasoning: expect.stringContaining(THOUGHT),
      verdicts: [{ passed: true }, { passed: true }],
    })
  })

  it('streams the same', async () => {
    const response = await gateway.ask({ model: 'm', messages: MESSAGES, stream: true })
    const text = await response.text()
    expect([text.includes(ANSWER), text.includes(THOUGHT)]).toEqual([true, false])
  })

  it('is asked by no other route once it was found', async () => {
    const before = upstream.requests.length
    await gateway.ask({ model: 'm', messages: MESSAGES })
    const routes = upstream.requests.slice(before).map(({ url }) => url.split('/').at(-1))
    expect(new Set(routes)).toEqual(new Set([api]))
  })

  it('has its calls released', async () => {
    speaker.on('calls', (asked) =>
      asked.kind === 'draft'
        ? replyOf(asked, {
            content: `<deliberation-${asked.nonce}>\n${THOUGHT}\n${decisionLine()}\n</deliberation-${asked.nonce}>\n`,
            message: { tool_calls: [CALL], reasoning_content: 'A call, then.' },
          })
        : undefined,
    )
    const tools = [{ type: 'function', function: { name: 'get_weather' } }]
    const response = await gateway.ask({ model: 'calls', messages: MESSAGES, tools })
    expect(await response.json()).toMatchObject({
      choices: [{ message: { tool_calls: [CALL] }, finish_reason: 'tool_calls' }],
    })
  })

  it('gets back what it gave with them, and the client none of it', async () => {
    const tools = [{ type: 'function', function: { name: 'get_weather' } }]
    const first = await gateway.ask({ model: 'calls', messages: MESSAGES, tools })
    const text = await first.text()
    const [choice] = (JSON.parse(text) as { choices: readonly { message: JsonObject }[] }).choices
    const result = { role: 'tool', tool_call_id: CALL.id, content: 'Sunny' }
    const messages = [...MESSAGES, choice?.message, result]
    const before = upstream.requests.length
    const second = await gateway.ask({ model: 'calls', messages, tools })
    const drafted = upstream.requests.slice(before).map(({ body }) => body.includes(BLOB))
    expect([drafted[0], text.includes(BLOB), (await second.text()).includes(BLOB)]).toEqual([
      true,
      false,
      false,
    ])
  })
})
