/**
 * Every recorded chat exchange and moderation through a running gateway that only relays: in `off`, and in `shadow` with the
 * deliberation held back until every client has its answer. Status, content type and bytes must be the upstream's own.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { parseJson } from '../../src/lib/json.ts'
import { readChatRequest } from '../../src/wire/chat-request.ts'
import { inquiryFromChat } from '../../src/wire/inquiry.ts'
import { concurrently } from '../fakes/concurrently.ts'
import { deliberatingReplay, JUDGE } from '../fakes/deliberating-replay.ts'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import { type Exchange, loadExchanges } from '../fakes/replay.ts'
import { startUpstream } from '../fakes/upstream.ts'

const chats = loadExchanges({ api: 'chat' }) ?? []
const passed = [
  ...(loadExchanges({ api: 'embeddings' }) ?? []),
  ...(loadExchanges({ api: 'moderations' }) ?? []),
]

const CHUNK_BYTES = 997
const CONCURRENCY = 16
/** Many times what it takes alone, for machines that do other work. */

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(mode: 'off' | 'shadow', before?: () => Promise<unknown>) {
  const upstream = await startUpstream(
    deliberatingReplay({
      exchanges: [...chats, ...passed],
      chunkBytes: CHUNK_BYTES,
      ...(before && { before }),
    }),
  )
  closers.push(() => upstream.close())
  const gateway = await startTestGateway({
    upstream: upstream.url,
    mode,
    strategy: 'two-pass',
    environment: { JUDGE_MODEL: JUDGE },
  })
  closers.push(() => gateway.close())
  return gateway
}

/** The recorded request with the exchange's id as its model, as a client would have written it. */
function requestOf({ id, request, streaming }: Exchange): string {
  const messages = [{ role: 'user', content: 'Go on.' }]
  return JSON.stringify({ messages, stream: streaming, ...request.body, model: id })
}

function post({ url, appKey }: TestGateway, path: string, body: string): Promise<Response> {
  return fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${appKey}`, 'content-type': 'application/json' },
    body,
  })
}

type Relayed = { readonly exchange: Exchange; readonly response: Response; readonly body: Buffer }

function relayAll(
  gateway: TestGateway,
  path: string,
  exchanges: readonly Exchange[],
): Promise<readonly Relayed[]> {
  return concurrently(exchanges, CONCURRENCY, async (exchange) => {
    const response = await post(gateway, path, requestOf(exchange))
    return { exchange, response, body: Buffer.from(await response.arrayBuffer()) }
  })
}

/** What differs from the recording; the gateway's own credentials refused are a failure of the gateway's upstream. */
function differences({ exchange, response, body }: Relayed): readonly string[] {
  const { id } = exchange
  const { status, headers } = exchange.response
  if (status === 401 || status === 403) {
    const { error } = JSON.parse(body.toString('utf8'))
    const isMapped = response.status === 502 && error.code === 'upstream_error'
    return isMapped ? [] : [`${id}: ${response.status} ${error.code} for ${status}`]
  }
  // The replay writes this one where none was recorded.
  const type = headers['content-type'] ?? 'text/event-stream; charset=utf-8'
  const problems: string[] = []
  if (response.status !== status) problems.push(`${id}: status ${response.status}`)
  if (!body.equals(Buffer.from(exchange.response.body))) problems.push(`${id}: other bytes`)
  if (response.headers.get('content-type') !== type) problems.push(`${id}: other content type`)
  return problems
}

describe.skipIf(chats.length === 0)('recorded exchanges', () => {
  test('come through byte for byte in off', async () => {
    const gateway = await start('off')
    const relayed = await relayAll(gateway, 'chat/completions', chats)
    expect(relayed.flatMap(differences)).toEqual([])
    expect(relayed.length).toBeGreaterThan(1000)
  })

  test('of other pass-through routes come through byte for byte', async () => {
    const gateway = await start('off')
    const relayed = await concurrently(passed, CONCURRENCY, async (exchange) => {
      const path = exchange.api
      const response = await post(gateway, path, requestOf(exchange))
      return { exchange, response, body: Buffer.from(await response.arrayBuffer()) }
    })
    expect(relayed.flatMap(differences)).toEqual([])
    expect(relayed.length).toBeGreaterThan(3)
  })

  // Fewer than a process keeps waiting, so that none is dropped.
  const batches = Array.from({ length: Math.ceil(chats.length / 150) }, (_, index) =>
    chats.slice(index * 150, (index + 1) * 150),
  )

  test('come through byte for byte in shadow, ahead of every deliberation, and are recorded', async () => {
    let answered = Promise.withResolvers<void>()
    const gateway = await start('shadow', () => answered.promise)
    let recorded = 0
    for (const batch of batches) {
      const relayed = await relayAll(gateway, 'chat/completions', batch)
      expect(relayed.flatMap(differences)).toEqual([])
      answered.resolve()
      const due = relayed.filter(isDeliberated)
      const kinds = await concurrently(due, CONCURRENCY, ({ response }) =>
        landed(gateway, response),
      )
      expect(kinds.filter((kind) => kind !== 'shadow passed')).toEqual([])
      recorded += kinds.length
      answered = Promise.withResolvers()
    }
    if (process.env.CHAMBERS_REPORT) {
      process.stdout.write(
        `shadow: ${chats.length} relayed, ${recorded} deliberated and recorded\n`,
      )
    }
    expect(recorded).toBeGreaterThan(900)
    expect(gateway.printed()).not.toContain('defect')
  })
})

/** True for what `shadow` deliberates upon: an answered request that `enforce` would take. */
function isDeliberated({ exchange, response }: Relayed): boolean {
  const body = parseJson(requestOf(exchange))
  const request = body.ok ? readChatRequest(body.value) : body
  return (
    response.status < 400 && request.ok && inquiryFromChat(request.value, { mode: 'shadow' }).ok
  )
}

/** Waits for the transcript that a response names. */
async function landed(gateway: TestGateway, response: Response): Promise<string> {
  const found = await expect
    .poll(() => gateway.transcript(response))
    .not.toBeNull()
    .then(() => gateway.transcript(response))
  return `${Reflect.get(found ?? {}, 'mode')} ${found?.outcome.kind}`
}
