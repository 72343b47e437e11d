import { describe, expect, it } from 'vitest'
import { succeed } from '../../src/lib/result.ts'
import { openAiContract } from '../fakes/openapi.ts'
import { memoryStore } from '../fakes/state-store.ts'
import {
  createFakeGateway,
  deliberationOf,
  type FakeOptions,
  KEY,
  post,
  releasedText,
} from './fake-gateway.ts'

const PATH = '/v1/responses'
const NOW = 1_800_000_000_000
const ASKED = { model: 'fake-model', input: 'What is the capital of France?' }
const contract = openAiContract()

/** A gateway and what its clients do with it, over one store. */
function gateway(options: FakeOptions = {}) {
  const store = options.store ?? memoryStore(NOW)
  const { app, seen } = createFakeGateway({ ...options, store })
  const send = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${KEY}` }
    const response = await app.request(path, body ? post(body) : { method, headers })
    const text = await response.text()
    return { status: response.status, text, json: () => JSON.parse(text) }
  }
  return {
    store,
    seen,
    ask: (body: object = {}) => send('POST', PATH, { ...ASKED, ...body }),
    get: (path: string) => send('GET', `${PATH}/${path}`),
    remove: (id: string) => send('DELETE', `${PATH}/${id}`),
    post: (path: string, body: object) => send('POST', `${PATH}/${path}`, body),
    made: async (body: object = {}) => {
      return (await send('POST', PATH, { ...ASKED, ...body })).json()
    },
  }
}

const errorOf = ({ status, json }: { status: number; json: () => { error: unknown } }) => [
  status,
  json().error,
]

describe('a response', () => {
  it('is read as it was released', async () => {
    const { made, get } = gateway()
    const response = await made({ metadata: { a: 'b' } })
    const read = await get(response.id)
    expect([read.status, read.json()]).toEqual([200, response])
  })

  it('that was streamed is read as it ended', async () => {
    const { ask, get } = gateway()
    const { text } = await ask({ stream: true })
    const last = JSON.parse(text.trim().split('data: ').at(-1) ?? '').response
    expect((await get(last.id)).json()).toEqual(last)
  })

  it('is streamed again, event by event the same, behind those that the client has', async () => {
    const { ask, get } = gateway()
    const { text } = await ask({ stream: true })
    const events = text.split('\n\n').map((event) => event.replace(/^(?::.*\n)+/, ''))
    const { id } = JSON.parse(events.at(-2)?.split('data: ')[1] ?? '').response
    const again = await get(`${id}?stream=true`)
    expect(again.text.split('\n\n')).toEqual(events)
    const rest = await get(`${id}?stream=true&starting_after=2`)
    expect(rest.text.split('\n\n')).toEqual(events.slice(3))
  })

  it.each(['stream=maybe', 'stream=true&starting_after=x'])(
    'with ?%s is refused',
    async (query) => {
      const { made, get } = gateway()
      const { id } = await made()
      expect((await get(`${id}?${query}`)).status).toBe(400)
    },
  )

  it('that was not to be stored is not there', async () => {
    const { made, get, store } = gateway()
    const { id } = await made({ store: false })
    expect((await get(id)).json().error.code).toBe('not_found')
    expect(store.entries.size).toBe(0)
  })

  it('of a gateway that keeps none is not there', async () => {
    const { made, get } = gateway({ responseMs: 0 })
    expect((await get((await made()).id)).status).toBe(404)
  })

  it('of another tenant is not there', async () => {
    const { made, store } = gateway({ principal: { tenant: 'acme' } })
    const { id } = await made()
    const other = gateway({ principal: { tenant: 'umbrella' }, store })
    expect((await other.get(id)).status).toBe(404)
    expect((await other.get(`${id}/input_items`)).status).toBe(404)
    expect((await other.post(`${id}/cancel`, {})).status).toBe(404)
    expect((await other.remove(id)).status).toBe(404)
    expect((await other.ask({ previous_response_id: id })).json().error.code).toBe(
      'previous_response_not_found',
    )
  })

  it('is gone when its time is over', async () => {
    const { made, get, store } = gateway({ responseMs: 1_000 })
    const { id } = await made()
    store.now = NOW + 1_000
    expect((await get(id)).status).toBe(404)
  })

  it('is gone when it is deleted', async () => {
    const { made, get, remove } = gateway()
    const { id } = await made()
    expect((await remove(id)).json()).toEqual({ id, object: 'response', deleted: true })
    expect([(await get(id)).status, (await remove(id)).status]).toEqual([404, 404])
  })

  it('is sent all the same where it cannot be kept, and that is counted', async () => {
    const { ask, store, seen } = gateway()
    store.isAway = true
    expect((await ask()).status).toBe(200)
    expect(seen.states).toEqual(['unkept'])
  })

  it('cannot be read where the store is away', async () => {
    const { made, get, ask, store } = gateway()
    const { id } = await made()
    store.isAway = true
    const expected = [503, expect.objectContaining({ code: 'storage_unavailable' })]
    expect(errorOf(await get(id))).toEqual(expected)
    expect(errorOf(await ask({ previous_response_id: id }))).toEqual(expected)
  })

  it('whose record could not be written is not kept', async () => {
    const failure = { reason: 'storage_unavailable' } as const
    const { ask, store } = gateway({ recorded: { ok: false, failure } as never })
    expect((await ask()).status).toBe(503)
    expect(store.entries.size).toBe(0)
  })

  it('that was made at once cannot be cancelled', async () => {
    const { made, post: send } = gateway()
    const { id } = await made()
    expect(errorOf(await send(`${id}/cancel`, {}))).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_request', type: 'invalid_request_error' }),
    ])
  })
})

describe('a response that names the one before', () => {
  it('is asked for with what was said before, and not with its instructions', async () => {
    const { made, seen } = gateway()
    const first = await made({ instructions: 'Be brief.' })
    const second = await made({ input: 'And of Italy?', previous_response_id: first.id })
    const third = await made({ input: 'And of Spain?', previous_response_id: second.id })
    expect([second.previous_response_id, third.previous_response_id]).toEqual([first.id, second.id])
    const said = [
      { role: 'user', content: ASKED.input },
      { role: 'assistant', content: [{ kind: 'text', text: 'Paris.' }] },
      { role: 'user', content: 'And of Italy?' },
    ]
    expect(seen.inquiries[1]?.turns).toMatchObject(said)
    expect(seen.inquiries[1]?.turns).toHaveLength(3)
    expect(seen.inquiries[2]?.turns).toHaveLength(5)
  })

  it('goes on from calls with their results', async () => {
    const call = { id: 'call_1', kind: 'function', name: 'f', arguments: '{}' } as const
    const { made, seen } = gateway({
      async deliberate(inquiry, { bundle }) {
        const released = releasedText('Done.')
        const [choice] = released.choices
        const parts = [{ kind: 'tool_call', call }] as const
        const answer = { ...choice?.answer, parts, finishReason: 'tool_calls' }
        const calling = { ...released, choices: [{ ...choice, answer }] }
        const isFirst = inquiry.turns.length === 1
        return deliberationOf(inquiry, bundle, succeed(isFirst ? (calling as never) : released))
      },
    })
    const tools = [{ type: 'function', name: 'f', parameters: {} }]
    const { id } = await made({ tools })
    const result = { type: 'function_call_output', call_id: 'call_1', output: '1' }
    await made({ tools, input: [result], previous_response_id: id })
    expect(seen.inquiries[1]?.turns).toMatchObject([
      { role: 'user' },
      { role: 'assistant', toolCalls: [{ id: 'call_1' }] },
      { role: 'tool', toolCallId: 'call_1', content: '1' },
    ])
  })

  it.each(['resp_1', `resp_${'0'.repeat(24)}`, 'x'])(
    'that is not there (%s) is told so',
    async (id) => {
      const { ask, seen } = gateway()
      expect(errorOf(await ask({ previous_response_id: id }))).toEqual([
        400,
        expect.objectContaining({
          code: 'previous_response_not_found',
          param: 'previous_response_id',
          type: 'invalid_request_error',
        }),
      ])
      expect(seen.inquiries).toHaveLength(0)
    },
  )

  it('is told so where one in between was deleted', async () => {
    const { made, ask, remove } = gateway()
    const first = await made()
    const second = await made({ previous_response_id: first.id })
    await remove(first.id)
    expect((await ask({ previous_response_id: second.id })).json().error.code).toBe(
      'previous_response_not_found',
    )
  })

  it('is told where its own input is at fault', async () => {
    const { made, ask } = gateway()
    const { id } = await made()
    const input = [{ type: 'web_search_call', id: 'ws_1' }]
    expect((await ask({ previous_response_id: id, input })).json().error.param).toBe(
      'input[0].type',
    )
  })

  it('is refused where the conversation is longer than a request may be', async () => {
    const { made, ask } = gateway({ maxBodyBytes: 4_000 })
    const { id } = await made({ input: 'a'.repeat(1_500) })
    const next = await made({ input: 'a'.repeat(1_500), previous_response_id: id })
    expect(errorOf(await ask({ previous_response_id: next.id }))).toEqual([
      413,
      expect.objectContaining({ param: 'previous_response_id' }),
    ])
  })

  it('in shadow goes on as it came, and is not gone on from', async () => {
    const { ask, seen } = gateway({ mode: 'shadow' })
    expect((await ask({ previous_response_id: 'resp_1' })).status).toBe(200)
    expect(await seen.upstream[0]?.json()).toMatchObject({ previous_response_id: 'resp_1' })
  })
})

describe('a reference to an item', () => {
  it('stands for the item, of whichever response it is', async () => {
    const { made, seen } = gateway()
    const { output } = await made()
    const input = [
      { role: 'user', content: ASKED.input },
      { type: 'item_reference', id: output[0].id },
      { role: 'user', content: 'And of Italy?' },
    ]
    await made({ input })
    expect(seen.inquiries[1]?.turns).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: 'Paris.' }] },
      { role: 'user' },
    ])
  })

  it('is refused by name where there is no such item', async () => {
    const { ask } = gateway()
    const input = [{ type: 'item_reference', id: 'msg_1' }]
    expect(errorOf(await ask({ input }))).toEqual([
      400,
      expect.objectContaining({ code: 'unsupported_parameter', param: 'input[0]' }),
    ])
  })
})

describe('the input items of a response', () => {
  const input = [
    { role: 'user', content: 'One' },
    { type: 'message', role: 'assistant', content: 'Two' },
    { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,aa' }] },
  ]

  it('are listed in the form of the contract, the last first', async () => {
    const { made, get } = gateway()
    const { id } = await made({ input })
    const list = (await get(`${id}/input_items`)).json()
    expect(contract?.problems('ResponseItemList', list) ?? []).toEqual([])
    expect(list.data.map((item: { content: unknown }) => item.content)).toMatchObject([
      [{ type: 'input_image', detail: 'auto' }],
      [{ type: 'output_text', text: 'Two' }],
      [{ type: 'input_text', text: 'One' }],
    ])
    expect([list.first_id, list.last_id, list.has_more]).toEqual([
      list.data[0].id,
      list.data[2].id,
      false,
    ])
  })

  it('come in pages', async () => {
    const { made, get } = gateway()
    const { id } = await made({ input })
    const all = (await get(`${id}/input_items?order=asc`)).json().data
    const first = (await get(`${id}/input_items?order=asc&limit=2`)).json()
    const rest = (await get(`${id}/input_items?order=asc&after=${first.last_id}`)).json()
    expect([first.data, first.has_more, rest.data]).toEqual([all.slice(0, 2), true, all.slice(2)])
  })

  it('are all that it was made of', async () => {
    const { made, get } = gateway()
    const { id } = await made()
    const next = await made({ input: 'And of Italy?', previous_response_id: id })
    const { data } = (await get(`${next.id}/input_items?order=asc`)).json()
    expect(data.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant', 'user'])
  })

  it.each(['order=up', 'limit=0', 'limit=101', 'after=msg_1'])(
    'with ?%s are refused',
    async (query) => {
      const { made, get } = gateway()
      const { id } = await made()
      const [param] = query.split('=')
      expect(errorOf(await get(`${id}/input_items?${query}`))).toEqual([
        400,
        expect.objectContaining({ code: 'invalid_request', param }),
      ])
    },
  )
})

it('a WebSocket is told that there is none, and what to send instead', async () => {
  const { app } = createFakeGateway()
  const headers = { authorization: `Bearer ${KEY}`, upgrade: 'websocket' }
  const response = await app.request(PATH, { headers })
  expect([response.status, (await response.json()).error.message]).toEqual([
    404,
    'There is no WebSocket here: send POST to /v1/responses, with stream: true for events',
  ])
})

describe('the tokens of an input', () => {
  it('are estimated, with what was said before', async () => {
    const { made, post: send, seen } = gateway()
    const { id } = await made()
    const bare = (await send('input_tokens', { model: 'm', input: 'And of Italy?' })).json()
    const more = await send('input_tokens', { input: 'And of Italy?', previous_response_id: id })
    expect(contract?.problems('TokenCountsResource', bare) ?? []).toEqual([])
    expect(more.json().input_tokens).toBeGreaterThan(bare.input_tokens)
    expect(seen.inquiries).toHaveLength(1)
  })
})
