/**
 * The Node entry: environment to configuration to platform to app, a server, and its orderly end.
 * The only file that starts a server. It prints where things are and never what is in them.
 */
import type { AddressInfo, Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createApp } from './app.ts'
import { systemClock } from './lib/clock.ts'
import { placesOf } from './lib/places.ts'
import { replaceFetch } from './lib/sound-fetch.node.ts'
import { renderNotice } from './revisions/serving/policy-notice.ts'
import type { Config } from './start/config.ts'
import { readStartConfig } from './start/key-sets.ts'
import { bannerOf } from './start/node/banner.node.ts'
import { prepareAppKey, prepareLocalSigner } from './start/node/first-start.node.ts'
import { guardProcess } from './start/node/guard-process.node.ts'
import { type LoadedPolicies, loadPolicies } from './start/node/load-policies.node.ts'
import { prepareLocalAdmin } from './start/node/local-admin.node.ts'
import { createLocalPeople } from './start/node/local-people.node.ts'
import { type NodeGateway, openNodeGateway } from './start/node/open-gateway.node.ts'
import { repeat } from './start/node/repeat.node.ts'
import type { Bounds } from './start/platform.ts'
import type { Environment } from './start/variables.ts'

export type Gateway = {
  readonly url: string
  /** Stops accepting, lets requests end, flushes and closes. */
  close(): Promise<void>
}

export type GatewayOptions = {
  readonly environment: Environment
  readonly print: (text: string) => void
  /** Replaces the policies that ship with the program. */
  readonly policies?: LoadedPolicies
  /** Replaces single bounds, for those who cannot wait a minute. */
  readonly bounds?: Partial<Bounds>
}

/** A bad variable: the message names each one, what it got and what it wants. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Longer than load balancers keep theirs, so that none sends a request into a connection that is being closed. */
const KEEP_ALIVE_MS = 75_000
/** A connection that becomes idle while the server closes is not closed by Node itself. */
const CLOSE_IDLE_MS = 50

/** How often the local admin's token is looked at. */
const RENEW_MS = 60_000

/** Starts a gateway and resolves when it listens. @throws ConfigError, or an Error that says what to mend. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { environment, print, bounds } = options
  const read = await readStartConfig(environment, 'node')
  if (!read.ok) throw new ConfigError(`Cannot start:\n  ${read.failure.join('\n  ')}`)
  const { config, warnings } = read.value
  const { bundles, protocol } = options.policies ?? (await loadPolicies())
  const local = await prepareLocal(config)
  const report = (error: unknown, requestId: string) =>
    print(`defect in ${requestId}: ${placesOf(error)}\n`)
  const gateway = await openNodeGateway({
    config,
    protocol,
    localAdmin: local.admin?.verify ?? null,
    people: local.people,
    builtIn: bundles,
    localSigners: local.signer?.keys ?? null,
    bounds,
    notify: (notice) => print(`${renderNotice(notice)}\n`),
    report,
  })
  const appKeyFile = await prepareKeyFile(config, gateway, report)
  const { dependencies, policies } = gateway.container
  const listening = await listen(createApp(dependencies).fetch, config)
  const { url } = listening
  print(
    bannerOf({
      url,
      config,
      policies: policies.repository.status(),
      database: config.databaseUrl === null ? `SQLite in ${config.dataDir}` : 'PostgreSQL',
      appKeyFile,
      adminTokenFile: local.admin?.tokenFile ?? null,
      signerFile: local.signer?.keyFile ?? null,
      warnings,
    }),
  )
  const renewing = repeat(RENEW_MS, async () => {
    await local.admin?.renew().catch((error: unknown) => report(error, 'admin token'))
  })
  let closing: Promise<void> | undefined
  const close = async () => {
    await renewing.stop()
    await listening.stop()
    await gateway.close()
  }
  return { url, close: () => (closing ??= close()) }
}

/** What a first start on loopback brings for those who have configured no keys of their own. */
async function prepareLocal({ loopback, admin, signers, dataDir }: Config) {
  return {
    admin: loopback && !admin ? await prepareLocalAdmin({ dataDir, clock: systemClock }) : null,
    people: loopback && !admin ? createLocalPeople({ dataDir, clock: systemClock }) : null,
    signer: loopback && !signers ? await prepareLocalSigner(dataDir) : null,
  }
}

/** An app's key on loopback, now, and again once a database is back that was away; null where apps bring their own. */
async function prepareKeyFile(
  { loopback, auth, dataDir }: Config,
  { container, reached }: NodeGateway,
  report: (error: unknown, requestId: string) => void,
): Promise<string | null> {
  if (!loopback || !auth.keys) return null
  const prepare = () => prepareAppKey(dataDir, container.stores.keys)
  const file = await prepare()
  reached?.then(prepare).catch((error: unknown) => report(error, 'app key'))
  return file
}

type Server = ReturnType<typeof createAdaptorServer>

type AppFetch = Parameters<typeof createAdaptorServer>[0]['fetch']

type Listening = {
  readonly url: string
  /** Takes no connection any more, and resolves when the last request has ended. */
  stop(): Promise<void>
}

function listen(fetch: AppFetch, { host, port }: Config): Promise<Listening> {
  const server = createAdaptorServer({ fetch })
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = KEEP_ALIVE_MS
  const unused = watchUnused(server)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const { port: bound } = server.address() as AddressInfo
      const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
      resolve({ url, stop: () => stop(server, unused) })
    })
  })
}

/** Connections that carry a request are waited for; the others are closed, as soon as they carry none. */
function stop(server: Server, unused: Iterable<Socket>): Promise<void> {
  return new Promise((resolve, reject) => {
    const closeIdle = () => 'closeIdleConnections' in server && server.closeIdleConnections()
    const timer = setInterval(closeIdle, CLOSE_IDLE_MS)
    server.close((error) => {
      clearInterval(timer)
      if (error) reject(error)
      else resolve()
    })
    closeIdle()
    for (const socket of unused) socket.destroy()
  })
}

/** The connections on which nothing was asked so far: to Node they are not idle, and it would wait a minute for each. */
function watchUnused(server: Server): Iterable<Socket> {
  const unused = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }: { readonly socket: Socket }) => unused.delete(socket))
  return unused
}

/** Serves until a signal ends it, or a defect that nobody caught; a second one ends it at once. */
export async function serve(environment: Environment): Promise<void> {
  replaceFetch()
  // Whoever has read enough of the log ends the reading, and not the gateway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const gateway = await startGateway({
    environment,
    print: (text) => process.stdout.write(text),
  })
  let isEnding = false
  const end = (code: number) => {
    if (isEnding) process.exit(1)
    isEnding = true
    gateway.close().then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`defect in closing: ${placesOf(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))
  guardProcess({
    process,
    report: (error) => process.stderr.write(`defect that nobody caught: ${placesOf(error)}\n`),
    end: () => end(1),
  })
}

if (import.meta.main) {
  serve(process.env).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  })
}
