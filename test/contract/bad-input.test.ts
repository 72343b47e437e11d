import { describe, expect, it } from 'vitest'
import { DOOR_REQUESTS } from '../fakes/door-requests.ts'
import { CHAT, createFakeGateway, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'

async function refusal(body: unknown, headers: Record<string, string> = {}, path = PATH) {
  const { app, seen } = createFakeGateway()
  const response = await app.request(path, post(body, headers))
  const { error } = await response.json()
  return { status: response.status, error, spent: seen.inquiries.length + seen.upstream.length }
}

const nested = (levels: number) =>
  `{"model":"m","messages":[],"x":${'['.repeat(levels)}${']'.repeat(levels)}}`

describe.each(Object.values(DOOR_REQUESTS))(
  'a body that is none by any contract, at $route',
  ({ route }) => {
    const path = `/v1/${route}`

    it.each<[string, unknown, string]>([
      ['not JSON', '{"model":', 'Send the body as JSON: it could not be parsed'],
      ['an empty body', '', 'Send the body as JSON: it could not be parsed'],
      ['an array', '[]', 'Send a JSON object as the body'],
      ['a number', '7', 'Send a JSON object as the body'],
      ['10,000 levels', nested(10_000), 'Send JSON of at most 200 levels'],
      [
        'a prototype key',
        '{"model":"m","messages":[],"__proto__":{"stream":true}}',
        'Send JSON without the key __proto__',
      ],
      [
        'an escaped prototype key',
        '{"model":"m","messages":[{"\\u005f_proto__":{}}]}',
        'Send JSON without the key __proto__',
      ],
      [
        'a key twice',
        '{"model":"m","messages":[],"stream":true,"stream":false}',
        'Send every key of an object once: stream stands twice in it',
      ],
      [
        'a key twice, once escaped',
        '{"model":"m","messages":[{"role":"user","r\\u006fle":"system","content":"x"}]}',
        'Send every key of an object once: role stands twice in it',
      ],
      [
        'a key twice that may be anyone’s words',
        '{"model":"m","messages":[],"x":{"Ann is ill":1,"Ann is ill":1}}',
        'Send every key of an object once: one stands twice in it',
      ],
    ])('%s', async (_, body, message) => {
      expect(await refusal(body, {}, path)).toMatchObject({
        status: 400,
        error: { type: 'invalid_request_error', message },
        spent: 0,
      })
    })

    it.each([
      ['text/plain'],
      ['application/x-www-form-urlencoded'],
      ['multipart/form-data; boundary=x'],
      ['application/json; charset=utf-16'],
      ['application/jsonp'],
    ])('the media type %s', async (mediaType) => {
      expect(await refusal(CHAT, { 'content-type': mediaType }, path)).toMatchObject({
        status: 400,
        error: { message: 'Send the body as application/json in UTF-8' },
      })
    })

    it('a compressed body', async () => {
      expect(await refusal(CHAT, { 'content-encoding': 'gzip' }, path)).toMatchObject({
        status: 400,
        error: { message: 'Send the body without a content-encoding' },
      })
    })

    it('bytes that are not UTF-8', async () => {
      const { app } = createFakeGateway()
      const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])
      const response = await app.request(path, { ...post(CHAT), body: bytes })
      expect(response.status).toBe(400)
      expect((await response.json()).error.message).toBe('Send the body in UTF-8')
    })
  },
)

describe('a body that is refused before anything is spent', () => {
  it.each<[string, unknown, string]>([
    [
      'a number beyond all doubles where one is bounded',
      '{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":1e400}',
      'Change temperature: it must be a number from 0 to 2, not 1e400',
    ],
    ['no model', { messages: CHAT.messages }, 'Send model: it is missing'],
    ['no messages', { model: 'm' }, 'Send messages: it is missing'],
  ])('%s', async (_, body, message) => {
    expect(await refusal(body)).toMatchObject({
      status: 400,
      error: { code: 'invalid_request', type: 'invalid_request_error', message },
      spent: 0,
    })
  })

  it.each<[string, object, string]>([
    ['an empty list of messages', { messages: [] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'root', content: 'x' }] }, 'messages[0].role'],
    ['a message that is a string', { messages: ['hello'] }, 'messages[0]'],
    [
      'a content that is a number',
      { messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
    ],
    ['a stream that is a word', { stream: 'yes' }, 'stream'],
    ['a temperature that is a word', { temperature: 'hot' }, 'temperature'],
    ['an n of zero', { n: 0 }, 'n'],
  ])('%s, naming the field', async (_, change, param) => {
    expect(await refusal({ ...CHAT, ...change })).toMatchObject({
      status: 400,
      error: { code: 'invalid_request', param },
      spent: 0,
    })
  })

  it('a hosted tool, as an unsupported parameter', async () => {
    expect(await refusal({ ...CHAT, web_search_options: {} })).toMatchObject({
      status: 400,
      error: { code: 'unsupported_parameter', param: 'web_search_options' },
      spent: 0,
    })
  })
})

describe('a body of 50 MB', () => {
  const CHUNK = new Uint8Array(1024 * 1024).fill(0x20)
  const TOO_LARGE = {
    status: 413,
    error: { code: 'request_too_large', message: 'Send a body of at most 33554432 bytes' },
  }

  it('is refused by its declared length, unread', async () => {
    const length = { 'content-length': String(50 * 1024 * 1024) }
    expect(await refusal(CHAT, length)).toMatchObject(TOO_LARGE)
  })

  it('is refused while it is read, when no length is declared', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        if (pulled > 50) controller.close()
        else controller.enqueue(CHUNK)
      },
    })
    const { app } = createFakeGateway()
    const init = { ...post(CHAT), body, duplex: 'half' } as RequestInit
    const response = await app.request(PATH, init)
    expect({ status: response.status, ...(await response.json()) }).toMatchObject(TOO_LARGE)
    expect(pulled).toBeLessThan(40)
  })
})
