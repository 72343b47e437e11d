/** A server on loopback that publishes a key set as JSON, can be changed, and can go away and come back on its port. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type KeyServer = {
  readonly url: string
  keys: { readonly keys: readonly object[] }
  /** How often it was asked. */
  asked: number
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startKeyServer(keys: KeyServer['keys']): Promise<KeyServer> {
  let server: Server | null = null
  let port = 0
  const start = async () => {
    server = createServer((_request, response) => {
      keyServer.asked++
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
      response.end(JSON.stringify(keyServer.keys))
    })
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  const keyServer: KeyServer = {
    get url() {
      return `http://127.0.0.1:${port}/signers.json`
    },
    keys,
    asked: 0,
    start,
    async stop() {
      const closing = server
      server = null
      closing?.closeAllConnections()
      await new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()))
    },
  }
  await start()
  return keyServer
}
