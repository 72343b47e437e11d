/** The model calls that the gateway makes for one request, taken down between it and the upstream, to be made again without it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Call, latencies } from './load.ts'
import type { Target } from './programs.ts'

/** In the order in which they are made: the draft, then both reviews side by side. */
export type ModelCalls = { readonly draft: Call; readonly reviews: readonly Call[] }

/** Requests before the one that is taken down: the gateway learns what the upstream can do. */
const LEARNING = 3

/** Takes down the calls for `call`, with `start` giving a gateway before the address it is told. */
export async function takeDownCalls(
  upstream: Target,
  options: {
    readonly start: (upstream: Target) => Promise<Target>
    readonly call: (gateway: Target) => Call
  },
): Promise<ModelCalls> {
  let bodies: string[] = []
  const between = createServer((incoming, outgoing) => {
    void text(incoming).then(async (body) => {
      bodies.push(body)
      const reply = await fetch(`${upstream.url}${incoming.url}`, { method: 'POST', body })
      outgoing.setHeader('content-type', 'application/json')
      outgoing.end(await reply.text())
    })
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  const { port } = between.address() as AddressInfo
  const gateway = await options.start({ ...upstream, url: `http://127.0.0.1:${port}` })
  for (let count = 0; count < LEARNING; count++) {
    bodies = []
    await latencies(options.call(gateway), 1)
  }
  await gateway.stop()
  between.close()
  const calls = bodies.map((body) => ({
    url: `${upstream.url}/v1/chat/completions`,
    headers: { 'content-type': 'application/json' },
    body,
  }))
  const [draft, ...reviews] = calls
  if (!draft || reviews.length !== 2) throw new Error(`Took down ${calls.length} calls, not 3`)
  return { draft, reviews }
}
