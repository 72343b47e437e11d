/**
 * The way from Node's own request to Node's own response: what makes `off` cost little more than a bare relay.
 * I/O: one exchange with the upstream. The web request is left unread and the web response is a mark that all is sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { fail, succeed } from '../lib/result.ts'
import { relayRequestHeaders } from '../model/relay-headers.ts'
import type { NodeRelay } from '../model/undici-relay.node.ts'
import type { BodyCopy } from './body-copy.ts'
import type { DirectRelay } from './relay.ts'

export type DirectRelayOptions = { readonly relayNode: NodeRelay; readonly apiKey: string | null }

export function createDirectRelay({ relayNode, apiKey }: DirectRelayOptions): DirectRelay {
  return async function relayDirectly(c, request) {
    const { incoming, outgoing } = nodeObjects(c.env)
    const { copy } = request
    const relayed = await relayNode({
      outgoing,
      method: request.method,
      path: request.path,
      search: request.search,
      headers: relayRequestHeaders({
        headers: headerPairs(incoming.rawHeaders),
        apiKey,
        keyHeader: request.keyHeader,
        forwarded: request.forwarded,
      }),
      body: request.body ?? (copy ? Readable.from(copied(incoming, copy)) : bodyOf(incoming)),
      responseHeaders: request.responseHeaders,
      passes: request.passes,
    })
    // What the upstream has not read by its answer's end it never will.
    copy?.end(false)
    if (relayed.ok) {
      return succeed({ status: relayed.value.status, response: RESPONSE_ALREADY_SENT })
    }
    const { failure, begun } = relayed.failure
    return fail({ failure, response: begun ? RESPONSE_ALREADY_SENT : null })
  }
}

/** Most bodies are there, whole, with their headers, and one piece costs less to send than a pipe. */
function bodyOf(incoming: IncomingMessage): Uint8Array | IncomingMessage {
  const declared = Number(incoming.headers['content-length'] ?? 0)
  if (declared === 0 || incoming.readableLength !== declared) return incoming
  const whole: unknown = incoming.read()
  // Its end is still to come, and a request that was not read to its end is drained by the server.
  incoming.resume()
  return whole instanceof Uint8Array ? whole : incoming
}

/** What is piped, with a copy made of it; the client's connection stays, for whatever it is to be told. */
async function* copied(incoming: IncomingMessage, copy: BodyCopy): AsyncGenerator<Uint8Array> {
  for await (const piece of incoming.iterator({ destroyOnReturn: false })) {
    copy.add(piece)
    yield piece
  }
  copy.end(true)
}

/** The bindings that the Node adapter gives every request. */
function nodeObjects(bindings: object): {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
} {
  // The adapter's types do not reach here through neutral code; its contract does.
  return bindings as { incoming: IncomingMessage; outgoing: ServerResponse }
}

function* headerPairs(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    yield [raw[index] ?? '', raw[index + 1] ?? '']
  }
}
