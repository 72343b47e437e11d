/**
 * The least a relay on Node can do, as the yardstick: `node bench/raw-relay.ts PORT UPSTREAM`.
 * node:http in, `undici.request` out, bodies piped, nothing checked, nothing kept.
 */
import { createServer } from 'node:http'
import { pipeline } from 'node:stream'
import { Agent, request as send } from 'undici'

const [port = '0', upstream = 'http://127.0.0.1:9'] = process.argv.slice(2)
const dispatcher = new Agent({ connections: 256, pipelining: 1, keepAliveTimeout: 60_000 })

const server = createServer((incoming, outgoing) => {
  send(upstream + incoming.url, {
    method: 'POST',
    headers: { 'content-type': incoming.headers['content-type'] ?? 'application/json' },
    body: incoming,
    dispatcher,
  }).then(
    (reply) => {
      if (outgoing.destroyed) return reply.body.on('error', () => {}).destroy()
      const headers: Record<string, string> = {}
      for (const name of ['content-type', 'content-length']) {
        const value = reply.headers[name]
        if (typeof value === 'string') headers[name] = value
      }
      outgoing.writeHead(reply.statusCode, headers)
      pipeline(reply.body, outgoing, () => {})
    },
    () => outgoing.destroy(),
  )
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') process.stdout.write(`listening ${address.port}\n`)
})
