/**
 * A model server on loopback that does what a script says and remembers what it was asked.
 * I/O: listens on a free port of 127.0.0.1. Nothing here knows a deadline: a stall lasts until the client goes or `close`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import type { JsonValue } from '../../src/lib/json.ts'

export type RecordedRequest = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** Names and values in turn, as they stood on the wire. */
  readonly rawHeaders: readonly string[]
  readonly body: string
  /** The body as JSON; undefined where it is none. */
  readonly json: JsonValue | undefined
  /** `performance.now()` when the whole request had arrived. */
  readonly receivedAt: number
  /** Resolves with `performance.now()` when the client goes before the reply ended; never otherwise. */
  readonly aborted: Promise<number>
  /** Resolves when the connection has had the reply, or is gone. */
  readonly ended: Promise<void>
}

/** Their borders are kept; asynchronous ones come when they come. */
type Pieces = readonly (string | Uint8Array)[] | AsyncIterable<string | Uint8Array>

type Framing = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing a reply can be. Bytes are sent as given; `pieces` keeps their borders as separate writes. */
export type Reply =
  | (Framing & { readonly json: unknown })
  | (Framing & { readonly text: string | Uint8Array })
  | (Framing & {
      readonly sse: readonly unknown[]
      readonly done?: boolean
      readonly ending?: Ending
    })
  | (Framing & {
      readonly pieces: Pieces
      /** Milliseconds between pieces. */
      readonly dripMs?: number
      readonly ending?: Ending
    })
  /** A valid JSON string of so many bytes, sent as fast as it is taken. */
  | (Framing & { readonly hugeBytes: number })
  | { readonly stall: 'before-headers' }
  | (Framing & { readonly stall: 'after-headers' })
  /** Closes the connection without a byte of a response. */
  | { readonly hangUp: true }
  /** Bytes on the bare connection, and how that goes on after them. */
  | { readonly raw: string; readonly goes: RawEnding }

/** How a reply goes on after its last piece: it ends, breaks off, or stays open and silent. */
export type Ending = 'end' | 'cut' | 'stall'

export type RawEnding = 'closes' | 'resets' | 'stalls'

export type Script = Reply | ((request: RecordedRequest, index: number) => Reply | Promise<Reply>)

export type Upstream = {
  /** The base URL for clients, with `/v1`. */
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  /** Replaces the script; a list is used up in order, and its last item stays. */
  reply(script: Script | readonly Script[]): void
  /** Resolves with the request of that number (from 0), now or when it comes. */
  request(index: number): Promise<RecordedRequest>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type UpstreamOptions = {
  /** A reply that is sent while the request's body is still unread, and stays so; by the request's head. */
  readonly early?: (head: IncomingMessage) => Reply | undefined
}

/** Starts an upstream and resolves when it listens. */
export async function startUpstream(
  first: Script | readonly Script[],
  { early = () => undefined }: UpstreamOptions = {},
): Promise<Upstream> {
  let scripts = listOf(first)
  const requests: RecordedRequest[] = []
  const waiting: { index: number; resolve: (request: RecordedRequest) => void }[] = []
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const unread = early(incoming)
    if (unread) return send(unread, outgoing)
    const request = await record(incoming, outgoing)
    const index = requests.push(request) - 1
    for (const { resolve } of waiting.filter((waiter) => waiter.index === index)) resolve(request)
    const script = scripts.length > 1 ? scripts.shift() : scripts[0]
    if (script === undefined) throw new Error('The upstream has no script')
    await send(typeof script === 'function' ? await script(request, index) : script, outgoing)
  }
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The upstream has no port')
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    requests,
    reply(script) {
      scripts = listOf(script)
    },
    request(index) {
      const known = requests[index]
      return known
        ? Promise.resolve(known)
        : new Promise((resolve) => waiting.push({ index, resolve }))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The base URL of a port where nobody listens: connections are refused. */
export async function refusedUrl(): Promise<string> {
  const server = createSocketServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (typeof address !== 'object' || address === null) throw new Error('No free port')
  return `http://127.0.0.1:${address.port}/v1`
}

/** An error status with OpenAI's envelope. */
export function errorReply(
  status: number,
  { headers = {}, ...error }: { headers?: Record<string, string>; [field: string]: unknown } = {},
): Reply {
  const envelope = { message: `status ${status}`, type: 'error', param: null, code: null, ...error }
  return { status, headers, json: { error: envelope } }
}

/** A minimal chat completion with this content. */
export function completionReply(content: string, message: object = {}): Reply {
  return {
    json: {
      id: 'chatcmpl-fake',
      object: 'chat.completion',
      created: 1,
      model: 'fake',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content, refusal: null, ...message },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    },
  }
}

/** The chunks of a minimal chat stream whose content comes in these pieces. */
export function contentChunks(pieces: readonly string[]): readonly unknown[] {
  const chunk = (delta: object, finish: string | null = null) => ({
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'fake',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces.map((content) => chunk({ content })),
    chunk({}, 'stop'),
  ]
}

function listOf(script: Script | readonly Script[]): Script[] {
  return [script].flat()
}

async function record(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<RecordedRequest> {
  const aborted = new Promise<number>((resolve) => {
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) resolve(performance.now())
    })
  })
  const ended = new Promise<void>((resolve) => outgoing.once('close', () => resolve()))
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString('utf8')
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body,
    json: jsonOf(body),
    receivedAt: performance.now(),
    aborted,
    ended,
  }
}

function jsonOf(body: string): JsonValue | undefined {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

async function send(reply: Reply, outgoing: ServerResponse): Promise<void> {
  if ('hangUp' in reply) return void outgoing.destroy()
  if ('stall' in reply && reply.stall === 'before-headers') return
  if ('raw' in reply) return sendRaw(reply, outgoing)
  const head = (type: string) => {
    const framing: Framing = reply
    outgoing.writeHead(framing.status ?? 200, { 'content-type': type, ...framing.headers })
    outgoing.flushHeaders()
  }
  if ('stall' in reply) return head('text/event-stream')
  if ('json' in reply) {
    head('application/json')
    return void outgoing.end(JSON.stringify(reply.json))
  }
  if ('text' in reply) {
    head('application/json')
    return void outgoing.end(reply.text)
  }
  if ('hugeBytes' in reply) {
    head('application/json')
    return sendHuge(reply.hugeBytes, outgoing)
  }
  head('text/event-stream; charset=utf-8')
  if ('sse' in reply) {
    const events = reply.sse.map((event) => `data: ${JSON.stringify(event)}\n\n`)
    const { ending = 'end' } = reply
    const ends = reply.done ?? ending === 'end'
    const pieces = ends ? [...events, 'data: [DONE]\n\n'] : events
    return sendPieces({ pieces, ending, dripMs: 0 }, outgoing)
  }
  const { pieces, ending = 'end', dripMs = 0 } = reply
  return sendPieces({ pieces, ending, dripMs }, outgoing)
}

async function sendPieces(
  options: {
    readonly pieces: Pieces
    readonly ending: Ending
    readonly dripMs: number
  },
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.socket?.setNoDelay(true)
  for await (const piece of options.pieces) {
    if (options.dripMs > 0) await new Promise((resolve) => setTimeout(resolve, options.dripMs))
    if (outgoing.destroyed) return
    // Waiting for the write keeps the piece's borders, and lets all of it leave before a cut.
    await new Promise((resolve) => outgoing.write(piece, resolve))
  }
  if (options.ending === 'cut') outgoing.destroy()
  if (options.ending === 'end') outgoing.end()
}

async function sendRaw(
  { raw, goes }: Extract<Reply, { readonly raw: string }>,
  { socket }: ServerResponse,
): Promise<void> {
  if (socket === null) return
  socket.setNoDelay(true)
  if (raw !== '') await new Promise((resolve) => socket.write(raw, resolve))
  if (goes === 'closes') socket.end()
  if (goes === 'resets') socket.resetAndDestroy()
}

const HUGE_PIECE = Buffer.alloc(65_536, 'x')

async function sendHuge(bytes: number, outgoing: ServerResponse): Promise<void> {
  outgoing.write('"')
  for (let left = bytes - 2; left > 0; left -= HUGE_PIECE.length) {
    if (outgoing.destroyed) return
    await new Promise((resolve) => outgoing.write(HUGE_PIECE.subarray(0, left), resolve))
  }
  outgoing.end('"')
}
