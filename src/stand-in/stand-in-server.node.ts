/**
 * The stand-in model as an HTTP server of its own, for tests, demos and other programs: `npm run stand-in -- --port 8788`.
 * I/O: listens on the given address, loopback unless told otherwise. It has no authentication and must not face a network.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { createStandIn, type StandInOptions } from './stand-in.ts'

export type StandInServerOptions = StandInOptions & {
  /** 0, the default, takes a free port. */
  readonly port?: number
  readonly host?: string
}

export type StandInServer = {
  /** The base URL for clients, with `/v1`. */
  readonly url: string
  close(): Promise<void>
}

/** Starts a stand-in and resolves when it listens. */
export async function startStandIn({
  port = 0,
  host = '127.0.0.1',
  ...options
}: StandInServerOptions = {}): Promise<StandInServer> {
  const standIn = createStandIn(options)
  const server = createServer((incoming, outgoing) => {
    void answer(standIn, incoming, outgoing)
  })
  await listen(server, port, host)
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const name = host.includes(':') ? `[${host}]` : host
  return { url: `http://${name}:${bound}/v1`, close: () => close(server) }
}

/**
 * Answers one request. A body that breaks off destroys the connection, as a real cut does: no adapter that buffers the
 * start of a response would show it.
 */
async function answer(
  standIn: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  try {
    const response = await standIn(await toRequest(incoming, gone.signal))
    outgoing.writeHead(response.status, [...response.headers].flat())
    outgoing.flushHeaders()
    for await (const chunk of response.body ?? []) {
      await new Promise((resolve) => outgoing.write(chunk, resolve))
    }
    outgoing.end()
  } catch {
    outgoing.destroy()
  }
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const method = incoming.method ?? 'GET'
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(new URL(incoming.url ?? '/', 'http://stand-in.local'), {
    method,
    signal,
    ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
  })
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    server.closeAllConnections()
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8788' },
      host: { type: 'string', default: '127.0.0.1' },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`Set --port to a number from 0 to 65535, current value is ${values.port}`)
  }
  const { url } = await startStandIn({ port, host: values.host })
  process.stdout.write(`The stand-in model (scripted, not a language model) listens on ${url}\n`)
}

if (import.meta.main) await main()
