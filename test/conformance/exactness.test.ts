/**
 * What apps send and what models say, to the digit and the order of names, through running gateways: to the model, back to the
 * client, into transcripts and exports.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import { jsonTexts } from '../fakes/json-texts.ts'
import { type Asked, behave, createSpeaker } from '../fakes/speaker.ts'
import { type Reply, startUpstream, type Upstream } from '../fakes/upstream.ts'
import { until } from '../fakes/waiting.ts'

const STRATEGIES = ['tagged', 'native', 'two-pass'] as const

const speaker = createSpeaker()
const gateways = new Map<string, TestGateway>()
let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  const environment = { UPSTREAM_TRAINING_RIGHTS: 'open', UPSTREAM_LICENSE: 'mit' }
  for (const strategy of STRATEGIES) {
    gateways.set(
      strategy,
      await startTestGateway({ upstream: upstream.url, strategy, environment }),
    )
  }
  gateways.set('shadow', await startTestGateway({ upstream: upstream.url, mode: 'shadow' }))
})
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.close()
  await upstream.close()
})

function gatewayOf(name: string): TestGateway {
  const gateway = gateways.get(name)
  if (!gateway) throw new Error(`No gateway is ${name}`)
  return gateway
}

const MESSAGE =
  '{"content":[{"9":1.0,"text":"What grows in spring?","type":"text"}],"role":"user","2":1e400,"1":-0}'

const MEMBERS = [
  '"seed":9223372036854775807',
  '"temperature":1.0',
  '"metadata":{"10":"","9":""}',
  '"logit_bias":{"50256":-100,"7":1.50}',
  '"tools":[{"function":{"parameters":{"type":"object","properties":{"2":{"maximum":9007199254740993},"1":{}}},"name":"f"},"type":"function"}]',
]

function bodyFor(model: string, ...members: readonly string[]): string {
  return `{"messages":[${MESSAGE}],${members.join(',')},"model":"${model}"}`
}

async function admin({ url, adminToken }: TestGateway, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  return fetch(`${url}/admin/v1${path}`, { ...init, headers })
}

async function transcriptText(gateway: TestGateway, response: Response): Promise<string> {
  const id = response.headers.get('x-chambers-transcript')
  let text = ''
  await until('the transcript', async () => {
    const read = await admin(gateway, `/transcripts/${id}`)
    text = await read.text()
    return read.status === 200
  })
  return text
}

describe.each(STRATEGIES)('a request that is answered by a %s draft', (strategy) => {
  it('reaches the model in every call, and the transcript, as it was sent', async () => {
    const gateway = gatewayOf(strategy)
    const next = jsonTexts(3)
    const odd = Array.from({ length: 20 }, (_, index) => `"x${index}":${next()}`)
    const body = bodyFor(strategy, ...MEMBERS, ...odd)
    const response = await gateway.ask(body)
    await response.text()
    expect(response.status).toBe(200)
    const drafts = speaker.asked(strategy).filter(({ kind }) => !REVIEWS.includes(kind))
    expect(drafts).toHaveLength(strategy === 'two-pass' ? 2 : 1)
    for (const { request } of drafts) {
      for (const part of [MESSAGE, ...MEMBERS, ...odd]) expect(request.body).toContain(part)
    }
    expect(await transcriptText(gateway, response)).toContain(`"request":${body}`)
  })
})

const REVIEWS: readonly Asked['kind'][] = ['answer', 'reasoning']

it('a shadow’s transcript has the request as it was sent', async () => {
  const gateway = gatewayOf('shadow')
  const body = bodyFor('shadow', ...MEMBERS)
  const response = await gateway.ask(body)
  await response.text()
  expect(await transcriptText(gateway, response)).toContain(`"request":${body}`)
})

it('an export has the tools and the whole request as they were sent', async () => {
  const gateway = gatewayOf('tagged')
  const key = { tenant: 'default', app: 'lab', policies: ['*'], consent: 'harvest' }
  const made = await admin(gateway, '/keys', { method: 'POST', body: JSON.stringify(key) })
  const { key: secret } = (await made.json()) as { key: string }
  const body = bodyFor('exported', ...MEMBERS)
  const response = await gateway.ask(body, { headers: { authorization: `Bearer ${secret}` } })
  await response.text()
  const id = response.headers.get('x-chambers-transcript') ?? ''
  const rows = async (format: string) => {
    const exported = await admin(gateway, `/export?format=${format}&splits=100/0/0`)
    const lines = (await exported.text()).split('\n')
    return lines.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as object)
  }
  const tools = /"tools":(\[.*?\]),"model"/.exec(body)?.[1]
  expect(await rows('sft')).toEqual([expect.objectContaining({ tools })])
  expect(await rows('transcript')).toEqual([
    expect.objectContaining({ record: expect.stringContaining(`"request":${body}`) }),
  ])
})

describe('what a model says', () => {
  it.each([
    ['as text', JSON.stringify('{"id":9007199254740993,"2":1.0,"1":[1e400,-0]}')],
    ['as text with a key twice', JSON.stringify('{"a":1.0,"a":1.00}')],
    ['as an object', '{"id":9007199254740993,"2":1.0,"1":[1e400,-0]}'],
  ])('in arguments %s comes back as it was said', async (form, said) => {
    const model = `arguments ${form}`
    const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: MARK } }
    speaker.on(model, (asked) =>
      asked.kind === 'draft'
        ? rewritten(behave(asked, { message: { tool_calls: [call] } }), MARK, said)
        : undefined,
    )
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }]
    const chat = { model, messages: [{ role: 'user', content: 'Look it up' }], tools }
    const text = await (await gatewayOf('tagged').ask(chat)).text()
    const told = said.startsWith('"') ? said : JSON.stringify(said)
    expect(text).toContain(`"arguments":${told}`)
  })

  it.each([false, true])(
    'in log probabilities comes back as it was said (stream: %s)',
    async (stream) => {
      const model = `logprobs ${stream}`
      const bad = '{"token":"Bad","logprob":-0.0,"bytes":null}'
      const tokens = `[{"token":"Good","logprob":-1.1920928955078125e-07,"bytes":null,"top_logprobs":[${bad}]}]`
      const message = { role: 'assistant', content: 'Good' }
      const choice = { index: 0, message, logprobs: { content: MARK }, finish_reason: 'stop' }
      speaker.on(model, ({ kind }) =>
        kind === 'second pass'
          ? rewritten({ json: { id: 'c', model, choices: [choice] } }, MARK, tokens)
          : undefined,
      )
      const chat = { model, messages: [{ role: 'user', content: 'Hi' }], logprobs: true, stream }
      const text = await (await gatewayOf('two-pass').ask(chat)).text()
      expect(text).toContain(`"content":${tokens}`)
    },
  )
})

const MARK = 'in place of JSON that no program here would write'

/** A whole reply with other text where the mark stands, quotes and all. */
function rewritten(reply: Reply, mark: string, text: string): Reply {
  if (!('json' in reply)) throw new TypeError('Only a whole reply can be rewritten')
  const told = JSON.stringify(reply.json).replace(JSON.stringify(mark), () => text)
  return { text: told, headers: { 'content-type': 'application/json' } }
}
