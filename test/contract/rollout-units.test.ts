/** What a share of callers is told of a request, and that nothing else of it changes. */
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/lib/digest.ts'
import type { Caller } from '../../src/policy/repository.ts'
import type { Mode } from '../../src/policy/section.ts'
import { createFakeGateway, type FakeOptions, post } from './fake-gateway.ts'

const PATH = '/v1/chat/completions'
const MODES: readonly Mode[] = ['enforce', 'shadow', 'off']
const said = (fields: object) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hé' }], ...fields })

/** A gateway that looks who asks before it pins, as it does where a share is staged. */
function createAsking(options: FakeOptions = {}) {
  const told: (string | null)[][] = []
  const pinning = async (caller: Caller) => {
    told.push([await caller.user(), await caller.conversation()])
  }
  return { ...createFakeGateway({ pinning, ...options }), told }
}
const streamed = (...pieces: readonly string[]): RequestInit & { readonly duplex: 'half' } => ({
  ...post(''),
  body: new Blob([...pieces]).stream(),
  duplex: 'half',
})

describe('a caller', () => {
  const first = sha256Hex('hé')

  it.each([
    ['safety_identifier', { safety_identifier: 'ann', user: 'bob' }, 'ann'],
    ['user, where there is no other', { user: 'bob' }, 'bob'],
    ['user, where the other is empty', { safety_identifier: '', user: 'bob' }, 'bob'],
    ['nobody, where neither is text', { safety_identifier: 7, user: null }, null],
  ])('is called by %s', async (_, fields, user) => {
    const { app, told } = createAsking({ mode: 'off' })
    await app.request(PATH, post(said(fields)))
    expect(told).toEqual([[user, await first]])
  })

  it('is called by the token’s subject where the body names nobody', async () => {
    const { app, told } = createAsking({ mode: 'off', principal: { subject: 'carol' } })
    await app.request(PATH, post(said({})))
    await app.request(PATH, post(said({ user: 'bob' })))
    expect(told.map(([user]) => user)).toEqual(['carol', 'bob'])
  })

  it.each([
    ['its text in one part', [{ role: 'user', content: [{ type: 'text', text: 'hé' }] }]],
    [
      'what came before and after',
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hé' },
        { role: 'assistant', content: 'yes?' },
        { role: 'user', content: 'more' },
      ],
    ],
  ])('begins the same conversation whatever %s', async (_, messages) => {
    const { app, told } = createAsking({ mode: 'off' })
    await app.request(PATH, post(said({ messages })))
    expect(told).toEqual([[null, await first]])
  })

  it('is told of an image by its digest, too', async () => {
    const { app, told } = createAsking({ mode: 'off' })
    const content = [{ type: 'image_url', image_url: { url: 'https://img.example/1' } }]
    await app.request(PATH, post(said({ messages: [{ role: 'user', content }] })))
    expect(told).toEqual([[null, await sha256Hex(JSON.stringify(content))]])
  })

  it.each([
    ['is no JSON', 'hello'],
    ['is a list', '[]'],
    ['has no turn of a user', said({ messages: [{ role: 'system', content: 'x' }] })],
    ['has no messages', '{}'],
    ['has messages that are none', said({ messages: ['x', null] })],
  ])('is told of nobody where the body %s', async (_, body) => {
    const { app, told } = createAsking({ mode: 'off' })
    const response = await app.request(PATH, post(body))
    expect([response.status, told]).toEqual([200, [[null, null]]])
  })
})

describe.each(MODES)('a request in %s whose caller is looked for', (mode) => {
  const body = said({ user: 'ann', seed: 1 })

  it.each([
    ['with its length', () => post(body, { 'content-length': String(Buffer.byteLength(body)) })],
    ['in pieces', () => streamed(body.slice(0, 9), body.slice(9))],
  ])('is answered as ever: %s', async (_, request) => {
    const asked = createAsking({ mode })
    const plain = createFakeGateway({ mode })
    const [one, other] = [
      await asked.app.request(PATH, request()),
      await plain.app.request(PATH, request()),
    ]
    expect(asked.told[0]?.[0]).toBe('ann')
    expect([one.status, one.headers.get('x-chambers-outcome'), await one.text()]).toEqual([
      other.status,
      other.headers.get('x-chambers-outcome'),
      await other.text(),
    ])
    const texts = (sent: readonly Request[]) => Promise.all(sent.map((each) => each.text()))
    expect(await texts(asked.seen.upstream)).toEqual(await texts(plain.seen.upstream))
    expect(asked.seen.inquiries).toEqual(plain.seen.inquiries)
    expect(asked.seen.jobs.map((job) => job.body)).toEqual(plain.seen.jobs.map((job) => job.body))
  })

  it('is refused for its length no earlier than without', async () => {
    for (const request of [
      () => post(body, { 'content-length': String(Buffer.byteLength(body)) }),
      () => streamed(body.slice(0, 9), body.slice(9)),
    ]) {
      const asked = createAsking({ mode, maxBodyBytes: 20 })
      const response = await asked.app.request(PATH, request())
      expect([response.status, asked.told]).toEqual([
        mode === 'enforce' ? 413 : 200,
        [[null, null]],
      ])
      if (mode !== 'enforce') expect(await asked.seen.upstream[0]?.text()).toBe(body)
    }
  })

  it('takes the room of its body once', async () => {
    const room = Buffer.byteLength(body) + 40
    const { app, told } = createAsking({ mode, bytesInFlight: room })
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const response = await app.request(PATH, post(body, length))
    expect([response.status, told[0]?.[0]]).toEqual([200, 'ann'])
  })

  it('takes no room that others need for a large body in pieces, and keeps none of what it put back', async () => {
    const piece = 20 * 1024
    const messages = [{ role: 'user', content: 'x'.repeat(5 * piece) }]
    const pieces = said({ user: 'ann', messages })
    const { app, told } = createAsking({ mode, bytesInFlight: 10 * piece })
    const isHeld = Promise.withResolvers<void>()
    const ending = Promise.withResolvers<void>()
    const waiting = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(' '.repeat(3 * piece))),
      async pull(controller) {
        isHeld.resolve()
        await ending.promise
        controller.close()
      },
    })
    const first = app.request(PATH, { ...streamed(), body: waiting })
    await isHeld.promise
    const cut = Array.from({ length: 6 }, (_, index) =>
      pieces.slice(index * piece, (index + 1) * piece),
    )
    const encoded = cut.map((text) => new TextEncoder().encode(text))
    const body = new ReadableStream({
      pull(controller) {
        const next = encoded.shift()
        if (next) controller.enqueue(next)
        else controller.close()
      },
    })
    const response = await app.request(PATH, { ...streamed(), body })
    expect([response.status, told]).toEqual([200, [[null, null]]])
    ending.resolve()
    await first
  })

  it('whose body is encoded is told of nobody', async () => {
    const { app, told } = createAsking({ mode })
    const response = await app.request(PATH, post(body, { 'content-encoding': 'gzip' }))
    expect([response.status, told]).toEqual([mode === 'enforce' ? 400 : 200, [[null, null]]])
  })

  it('whose body breaks off ends as without', async () => {
    const broken = (): RequestInit => ({
      ...streamed(),
      body: new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"us')),
        pull: () => Promise.reject(new Error('gone')),
      }),
    })
    const asked = await createAsking({ mode }).app.request(PATH, broken())
    const plain = await createFakeGateway({ mode }).app.request(PATH, broken())
    expect(asked.status).toBe(plain.status)
  })
})
