import { describe, expect, it } from 'vitest'
import type { Deliberation, Inquiry } from '../../src/conversation/outcome.ts'
import { fail, succeed } from '../../src/lib/result.ts'
import {
  CHAT,
  createFakeGateway,
  DIGEST,
  deliberationOf,
  post,
  releasedText,
} from './fake-gateway.ts'

const PATH = '/v1/chat/completions'

/** A deliberation that ends when the test says so, or with its signal. */
function heldDeliberation() {
  const gate = Promise.withResolvers<'go' | 'fail'>()
  const aborted = Promise.withResolvers<unknown>()
  return {
    gate,
    aborted: aborted.promise,
    async deliberate(
      inquiry: Inquiry,
      call: Parameters<NonNullable<Parameters<typeof createFakeGateway>[0]>['deliberate'] & {}>[1],
    ): Promise<Deliberation> {
      call.onAccepted?.()
      const gone = new Promise<'gone'>((resolve) => {
        const leave = () => {
          aborted.resolve(call.signal.reason)
          resolve('gone')
        }
        if (call.signal.aborted) leave()
        else call.signal.addEventListener('abort', leave)
      })
      const end = await Promise.race([gate.promise, gone])
      const outcome =
        end === 'go'
          ? succeed(releasedText('Paris.'))
          : end === 'fail'
            ? fail({ reason: 'judge_timeout', channel: 'answer' } as const)
            : fail({ reason: 'aborted', by: 'client' } as const)
      return deliberationOf(inquiry, call.bundle, outcome)
    },
  }
}

describe('an answer that cannot be written', () => {
  const odd = { ...releasedText(''), choices: null as never }

  it.each([true, false])('is a defect of ours and told as one (held: %s)', async (held) => {
    const { app, seen } = createFakeGateway({
      async deliberate(inquiry, call) {
        if (held) call.onAccepted?.()
        return deliberationOf(inquiry, call.bundle, succeed(odd))
      },
    })
    const response = await app.request(PATH, post({ ...CHAT, stream: true }))
    const text = await response.text()
    expect(text).toContain('"code":"internal_error"')
    expect(text).not.toContain('[DONE]')
    expect([response.status, seen.reports.length]).toEqual([held ? 200 : 500, 1])
  })
})

describe('a chat request', () => {
  it('is answered with the released text and the headers that name its exchange', async () => {
    const { app, seen } = createFakeGateway()
    const response = await app.request(PATH, post(CHAT))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      created: 1_800_000_000,
      model: 'fake-model',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Paris.' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
    })
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'server-timing': 'total;dur=0.0, model;dur=3.0, select;dur=1.0',
      'x-chambers-mode': 'enforce',
      'x-chambers-outcome': 'released',
      'x-chambers-policy': `default@${DIGEST}`,
      'x-chambers-transcript': expect.stringMatching(/^tr_[0-9a-f]{32}$/),
      'x-ratelimit-remaining-requests': '7',
      'x-request-id': expect.stringMatching(/^req_[0-9a-f]{24}$/),
    })
    expect(seen.records.map(({ id }) => id)).toEqual([
      response.headers.get('x-chambers-transcript'),
    ])
  })

  it('that asks for a stream gets chunks, a usage chunk and the end', async () => {
    const { app } = createFakeGateway()
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true } }
    const response = await app.request(PATH, post(body))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const events = (await response.text()).split('\n\n').filter(Boolean)
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice(6)))
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
    expect(text).toBe('Paris.')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 30 } })
  })

  it('keeps its bundle whatever the header names, if the key may choose it', async () => {
    const { app } = createFakeGateway({ principal: { policies: ['default', 'agentic'] } })
    const headers = { 'x-chambers-policy': 'agentic@dddd' }
    const response = await app.request(PATH, post(CHAT, headers))
    expect(response.headers.get('x-chambers-policy')).toBe(`agentic@${DIGEST}`)
  })

  it('is never answered before its record is durable', async () => {
    const { app } = createFakeGateway({
      recorded: fail({ reason: 'storage_unavailable', detail: 'disk full' }),
    })
    const response = await app.request(PATH, post(CHAT))
    const text = await response.text()
    expect(response.status).toBe(503)
    expect(JSON.parse(text).error.code).toBe('storage_unavailable')
    expect(text).not.toContain('Paris')
  })

  it('that fails is recorded too', async () => {
    const { app, seen } = createFakeGateway({ outcome: fail({ reason: 'no_boundary' }) })
    await app.request(PATH, post(CHAT))
    expect(seen.records).toHaveLength(1)
  })
})

describe('a held stream', () => {
  const STREAM = { ...CHAT, stream: true }

  it('sends a comment at once and nothing else until the verdict', async () => {
    const held = heldDeliberation()
    const { app } = createFakeGateway({
      deliberate: (inquiry, call) => held.deliberate(inquiry, call),
    })
    const response = await app.request(PATH, post(STREAM))
    expect(response.headers.has('x-chambers-outcome')).toBe(false)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toMatch(/^: [^\n]*\n$/)
    held.gate.resolve('go')
    const rest = await reader?.read()
    expect(rest?.value).toContain('Paris.')
    expect(rest?.value).toMatch(/data: \[DONE\]\n\n$/)
  })

  it('has no empty line but after an event, for clients that take each for the end of one', async () => {
    const held = heldDeliberation()
    const { app } = createFakeGateway({
      deliberate: (inquiry, call) => held.deliberate(inquiry, call),
    })
    const response = await app.request(PATH, post(STREAM))
    held.gate.resolve('go')
    const lines = (await response.text()).split('\n').slice(0, -1)
    expect(lines[0]).toBe(': held')
    const before = lines.flatMap((line, index) => (line === '' ? [lines[index - 1]] : []))
    expect(before.filter((line) => !line?.startsWith('data: '))).toEqual([])
    expect(before.at(-1)).toBe('data: [DONE]')
  })

  it('that fails late ends in one error event and no [DONE]', async () => {
    const held = heldDeliberation()
    const { app } = createFakeGateway({
      deliberate: (inquiry, call) => held.deliberate(inquiry, call),
    })
    const response = await app.request(PATH, post(STREAM))
    held.gate.resolve('fail')
    const events = (await response.text()).split('\n').filter((line) => line.startsWith('data:'))
    expect(events).toHaveLength(1)
    expect(JSON.parse(events[0]?.slice(6) ?? '')).toEqual({
      error: {
        message: 'The answer could not be checked, so it was not released',
        type: 'api_error',
        param: null,
        code: 'judge_unavailable',
      },
    })
  })

  it('that fails early keeps its status', async () => {
    const { app } = createFakeGateway({ outcome: fail({ reason: 'model_empty' }) })
    const response = await app.request(PATH, post(STREAM))
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  it('aborts the upstream and still records when its reader goes away', async () => {
    const held = heldDeliberation()
    const { app, seen } = createFakeGateway({
      deliberate: (inquiry, call) => held.deliberate(inquiry, call),
    })
    const response = await app.request(PATH, post(STREAM))
    await response.body?.cancel()
    expect(await held.aborted).toEqual({ by: 'client' })
    await Promise.all(seen.deferred)
    expect(seen.records).toHaveLength(1)
  })

  it('aborts the upstream when the client closes before the headers', async () => {
    const held = heldDeliberation()
    const client = new AbortController()
    const { app } = createFakeGateway({
      deliberate: (inquiry, call) => held.deliberate(inquiry, call),
    })
    const response = app.request(PATH, { ...post(CHAT), signal: client.signal })
    queueMicrotask(() => client.abort())
    expect((await response).status).toBe(499)
    expect(await held.aborted).toEqual({ by: 'client' })
  })

  it('ends at the deadline', async () => {
    const held = heldDeliberation()
    const { app } = createFakeGateway({
      deliberate: (inquiry, call) => held.deliberate(inquiry, call),
      deadlineMs: 20,
    })
    await app.request(PATH, post(CHAT))
    expect(await held.aborted).toEqual({ by: 'deadline' })
  })
})
