/** Whatever field a secret of the calls is in, it is not sent, and the record says that nothing was. */
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/conversation/failures.ts'
import { Opaque } from '../../src/lib/opaque.ts'
import { fail, succeed } from '../../src/lib/result.ts'
import { CHAT, createFakeGateway, post, releasedText } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const SECRET = 'SECRET-0f3a9c1e'

describe.each([false, true])('an answer with a secret (as a stream: %s)', (stream) => {
  it.each([
    ['in the model', { model: SECRET }],
    ['in the fingerprint', { systemFingerprint: SECRET }],
    ['in a header', { headers: { 'x-ratelimit-limit-tokens': SECRET } }],
  ])('%s is a failure, on record too', async (_, changes) => {
    const outcome = succeed({ ...releasedText('Paris.'), ...changes })
    const { app, seen } = createFakeGateway({ outcome })
    const response = await app.request(PATH, post({ ...CHAT, stream }))
    const text = await response.text()
    expect(text).toContain('"message":"The model wrote no answer that could be released"')
    expect(text).toContain('"code":"upstream_error"')
    expect(text + JSON.stringify([...response.headers])).not.toContain(SECRET)
    expect(text).not.toContain('[DONE]')
    expect(seen.records.map(({ deliberation }) => deliberation.outcome)).toEqual([
      { ok: false, failure: { reason: 'unsendable' } },
    ])
  })
})

it.each([
  ['a picture', { kind: 'opaque', name: 'media', value: ['image'] }],
  [
    'a sound without a name',
    { kind: 'opaque', name: 'audio', value: { data: 'aa', transcript: 'Hi' } },
  ],
] as const)('an answer is not sent without a part of it that has no form: %s', async (_, part) => {
  const told = releasedText('Paris.')
  const choices = told.choices.map((choice) => ({
    ...choice,
    answer: { ...choice.answer, parts: [...choice.answer.parts, part] },
  }))
  const { app, seen } = createFakeGateway({ outcome: succeed({ ...told, choices }) })
  const response = await app.request(PATH, post(CHAT))
  expect(response.status).toBe(502)
  expect(await response.text()).not.toContain('Paris')
  expect(seen.records.map(({ deliberation }) => deliberation.outcome)).toEqual([
    { ok: false, failure: { reason: 'unsendable' } },
  ])
})

it.each([
  ['code', { code: SECRET }],
  ['type', { type: SECRET }],
  ['parameter', { param: SECRET }],
  ['headers', { headers: { 'retry-after': SECRET } }],
])('an error with a secret in its %s is told without it', async (_, changes) => {
  const failure = {
    reason: 'model_rejected',
    status: 400,
    code: null,
    type: null,
    param: null,
    headers: {},
    detail: new Opaque(''),
    ...changes,
  } as unknown as Failure
  const { app } = createFakeGateway({ outcome: fail(failure) })
  const response = await app.request(PATH, post(CHAT))
  const text = await response.text()
  expect(text + JSON.stringify([...response.headers])).not.toContain(SECRET)
  expect(response.status).toBeGreaterThanOrEqual(400)
})
