/** What a client sends, to the digit and the order of names, from the text of its body to that of the call that is made of it. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { parseJson } from '../../src/lib/json.ts'
import { noSpan } from '../../src/lib/tracing.ts'
import { chatDialect } from '../../src/model/chat-dialect.ts'
import { createOpenAiModel } from '../../src/model/openai-model.ts'
import { readChatRequest } from '../../src/wire/chat-request.ts'
import type { DoorName } from '../../src/wire/door.ts'
import { DOORS } from '../../src/wire/doors.ts'
import { inquiryFromChat } from '../../src/wire/inquiry.ts'
import { jsonTexts } from '../fakes/json-texts.ts'
import { recordedChats } from '../unit/wire/recorded.ts'

/** The text of the call for a body to which nothing needs to be added. */
async function sentFor(text: string, door: DoorName = 'chat'): Promise<string> {
  const parsed = parseJson(text, { exact: true, unique: true })
  const asked = DOORS[door].read(parsed.ok ? parsed.value : null, { mode: 'enforce' })
  if (!asked.ok) throw new TypeError(`Cannot read ${text}: ${asked.failure.message}`)
  let sent = ''
  const model = createOpenAiModel({
    dialect: chatDialect,
    provider: 'test',
    baseURL: 'http://upstream.test/v1',
    apiKey: null,
    async fetch(_, { body } = {}) {
      sent = new TextDecoder().decode(body as Uint8Array)
      return new Response('', { status: 400 })
    },
    random: { hex: () => '', fraction: () => 0 },
    clock: systemClock,
    timeouts: { firstTokenMs: 1e6, idleMs: 1e6, totalMs: 1e6 },
    maxRetries: 0,
    maxBodyBytes: 1e6,
  })
  const { model: name, turns, parameters, order, stream } = asked.value.inquiry
  const prompt = { model: name, turns, parameters, order, stream }
  await model.complete(prompt, { signal: new AbortController().signal, span: noSpan })
  return sent
}

test.each([
  ['whole numbers beyond 2^53', '"seed":9007199254740993'],
  ['the greatest of 64 bits', '"seed":9223372036854775807'],
  ['decimals as written', '"temperature":1.0,"top_p":0.1000,"presence_penalty":-0'],
  ['numbers beyond all doubles', '"x":[1e400,-1e400,1e-400]'],
  [
    'names that are whole numbers',
    '"logit_bias":{"50256":-100,"7":1.0},"metadata":{"2":"","1":""}',
  ],
  ['parameters whose names are whole numbers', '"2":{},"b":[],"1":null'],
  [
    'the schema of a tool',
    '"tools":[{"function":{"parameters":{"properties":{"2":{"maximum":9223372036854775807},"1":{"minimum":-0.0}},"type":"object"},"name":"f"},"type":"function"}]',
  ],
  [
    'the schema of an answer',
    '"response_format":{"json_schema":{"strict":true,"schema":{"10":{"multipleOf":0.10},"9":{}},"name":"n"},"type":"json_schema"}',
  ],
])('sends %s', async (_, fields) => {
  const text = `{"model":"m","messages":[{"role":"user","content":"Hi"}],${fields},"stream":false}`
  expect(await sentFor(text)).toBe(text)
})

test.each([
  [
    'the schema of a tool',
    '"tools":[{"type":"function","name":"f","parameters":{"properties":{"2":{"maximum":9223372036854775807},"1":{"minimum":-0.0}},"type":"object"}}]',
    '"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"2":{"maximum":9223372036854775807},"1":{"minimum":-0.0}},"type":"object"}}}]',
  ],
  [
    'the schema of an answer',
    '"text":{"format":{"type":"json_schema","name":"n","schema":{"10":{"multipleOf":0.10},"9":{}}}}',
    '"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"10":{"multipleOf":0.10},"9":{}}}}',
  ],
  ['what nobody knows', '"x":[1e400,1.0],"seed":9007199254740993', null],
])('sends of a Responses request %s', async (_, fields, inChat) => {
  const asked = `{"model":"m","input":[{"role":"user","content":"Hi"}],${fields},"stream":false}`
  expect(await sentFor(asked, 'responses')).toBe(
    `{"model":"m","messages":[{"role":"user","content":"Hi"}],${inChat ?? fields},"stream":false}`,
  )
})

test.each([
  ['its members', '{"content":"Hi","name":"n","role":"user"}'],
  ['unknown fields', '{"x":{"2":1.0,"1":1e400},"role":"user","7":7.0,"content":"Hi"}'],
  [
    'the members of a part',
    '{"role":"user","content":[{"cache":{"b":1.0,"a":0},"text":"Hi","type":"text"}]}',
  ],
  [
    'a part of unknown type',
    '{"role":"user","content":[{"type":"spoken","2":1.0,"1":9007199254740993}]}',
  ],
  [
    'a tool call',
    '{"tool_calls":[{"type":"function","function":{"arguments":"{\\"a\\":1.0,\\"a\\":2}","name":"f","2":2.0},"extra":{"signature":1e400},"id":"c"}],"content":null,"role":"assistant"}',
  ],
  ['the result of a tool', '{"role":"tool","tool_call_id":"c","content":"9007199254740993"}'],
  [
    'an older call',
    '{"role":"assistant","function_call":{"arguments":"{}","name":"f"},"content":null}',
  ],
])('sends of a message %s', async (_, message) => {
  const text = `{"messages":[${message},{"role":"user","content":"Hi"}],"stream":false,"model":"m"}`
  expect(await sentFor(text)).toBe(text)
})

test('sends JSON of whatever shape, in parameters, tools, messages and parts', async () => {
  const next = jsonTexts(10)
  for (let count = 0; count < 300; count++) {
    const message = `{"role":"user","x":${next()},"content":[{"type":"text","y":${next()},"text":"Hi"},{"type":"z","z":${next()}}]}`
    const tool = `{"function":{"parameters":${next()},"name":"f"},"type":"function"}`
    const text = `{"first":${next()},"tools":[${tool}],"stream":false,"messages":[${message}],"model":"m","last":${next()}}`
    expect(await sentFor(text)).toBe(text)
  }
})

const recorded = recordedChats()

test.skipIf(recorded.length === 0)('sends what apps have sent, word for word', async () => {
  let sent = 0
  for (const { body } of recorded) {
    const { n: _, max_tokens: _2, max_completion_tokens: _3, stream_options: _4, ...rest } = body
    const text = JSON.stringify({ ...rest, stream: false })
    const read = readChatRequest(JSON.parse(text))
    if (!read.ok || !inquiryFromChat(read.value, { mode: 'enforce' }).ok) continue
    expect(await sentFor(text)).toBe(text)
    sent++
  }
  expect(sent).toBeGreaterThan(900)
})
