/** What a policy in `shadow` sees, what it leaves where it sees nothing, and that it stays behind whoever is waited for. */
import { afterEach, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { behave, createSpeaker } from '../../fakes/speaker.ts'
import { completionReply, errorReply, startUpstream } from '../../fakes/upstream.ts'
import { until } from '../../fakes/waiting.ts'

const MESSAGES = [{ role: 'user', content: 'Good day' }]
const CHAT = { model: 'm', messages: MESSAGES }
/** So many jobs may wait (`behind-answers.node.ts`). */
const ROOM = 200

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

type Options = Pick<Parameters<typeof startTestGateway>[0], 'environment' | 'bounds'>

async function start(options: Options = {}) {
  const speaker = createSpeaker()
  const upstream = await startUpstream(speaker.script)
  closers.push(() => upstream.close())
  const gateway = await startTestGateway({ upstream: upstream.url, mode: 'shadow', ...options })
  closers.push(() => gateway.close())
  return { speaker, gateway, upstream }
}

/** Posts a body in chunks, as clients do that do not know its length. */
function askInChunks({ url, appKey }: TestGateway, body: object): Promise<Response> {
  const pieces = (JSON.stringify(body).match(/[\s\S]{1,50}/g) ?? []).values()
  const pull = (controller: ReadableStreamDefaultController<string>) => {
    const { done, value } = pieces.next()
    if (done) controller.close()
    else controller.enqueue(value)
  }
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${appKey}`, 'content-type': 'application/json' },
    body: new ReadableStream<string>({ pull }).pipeThrough(new TextEncoderStream()),
    duplex: 'half',
  } as RequestInit)
}

it('deliberates upon a request of unknown length, and records it', async () => {
  const { gateway } = await start()
  const response = await askInChunks(gateway, CHAT)
  expect(response.status).toBe(200)
  await expect
    .poll(() => gateway.transcript(response))
    .toMatchObject({ mode: 'shadow', request: CHAT, outcome: { kind: 'passed' } })
  expect((await gateway.transcript(response))?.attempts).toHaveLength(1)
})

it('leaves a row without content of a request of unknown length that is too large', async () => {
  const { gateway } = await start({ bounds: { maxBodyBytes: 1_000 } })
  const response = await askInChunks(gateway, { ...CHAT, user: 'u'.repeat(2_000) })
  expect(response.status).toBe(200)
  await expect
    .poll(() => gateway.transcript(response))
    .toMatchObject({
      mode: 'shadow',
      request: null,
      outcome: { kind: 'passed', reason: 'too_large' },
    })
})

it('leaves a row of a request that the upstream has refused', async () => {
  const { gateway, speaker } = await start()
  speaker.on('m', () => errorReply(429))
  const response = await gateway.ask(CHAT)
  expect(response.status).toBe(429)
  await expect
    .poll(() => gateway.transcript(response))
    .toMatchObject({ mode: 'shadow', outcome: { kind: 'passed', reason: 'status_429' } })
})

it('makes no more calls at once than SHADOW_CONCURRENCY says, and never the same twice', async () => {
  const { gateway, speaker } = await start({ environment: { SHADOW_CONCURRENCY: '1' } })
  let open = 0
  let most = 0
  speaker.on('m', (asked) => {
    if (asked.kind === 'plain') return completionReply('relayed')
    most = Math.max(most, ++open)
    void asked.request.ended.then(() => open--)
    return asked.kind === 'reasoning' ? errorReply(500) : behave(asked)
  })
  const answers = await Promise.all(Array.from({ length: 4 }, () => gateway.ask(CHAT)))
  for (const answer of answers) {
    await expect.poll(() => gateway.transcript(answer)).not.toBeNull()
  }
  const asked = speaker.asked('m').map(({ kind }) => kind)
  expect([most, asked.filter((kind) => kind === 'reasoning').length]).toEqual([1, 4])
})

it('drops what finds no room behind the answers, and says so in its transcript', async () => {
  const { gateway, speaker, upstream } = await start({ environment: { SHADOW_CONCURRENCY: '1' } })
  speaker.on('m', (asked) =>
    asked.kind === 'plain' ? completionReply('relayed') : { stall: 'after-headers' },
  )
  const first = await gateway.ask(CHAT)
  await until('the first deliberation', () => speaker.asked('m').length > 1)
  let last = first
  for (let asked = 0; asked <= ROOM; asked++) {
    last = await gateway.ask(CHAT)
    await last.text()
  }
  await expect
    .poll(() => gateway.transcript(last))
    .toMatchObject({ mode: 'shadow', request: null, outcome: { kind: 'passed', reason: 'busy' } })
  // What hangs would be waited for.
  await upstream.close()
})
