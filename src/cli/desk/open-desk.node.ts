/**
 * The desk: one door to policies, keys, transcripts and the audit log, whether a gateway at a URL serves them or this process does
 * over its database. I/O over HTTP, or in the database. Whatever a command does means the same through either.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Config } from '../../start/config.ts'
import { readStartConfig } from '../../start/key-sets.ts'
import { type AdminClient, askThrough, createAdminClient } from '../shell/admin-client.ts'
import { adminToken, type Connection, gatewayUrl } from '../shell/admin-token.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { UsageError } from '../shell/io.ts'

export type Desk = AsyncDisposable & { readonly client: AdminClient }

/** @throws UsageError where the environment is not valid, or a URL comes without a token. */
export async function openDesk(connection: Connection): Promise<Desk> {
  return (await openAtUrl(connection)) ?? openHere(await readConfigOf(connection))
}

/** The same, or null where neither a URL was given nor a database is there yet. */
export async function openDeskIfAny(connection: Connection): Promise<Desk | null> {
  const desk = await openAtUrl(connection)
  if (desk) return desk
  const config = await readConfigOf(connection)
  const isThere = config.databaseUrl !== null || existsSync(join(config.dataDir, 'chambers.db'))
  return isThere ? openHere(config) : null
}

/** Null where no URL was given. @throws UsageError where it comes without a token. */
export async function openAtUrl(connection: Connection): Promise<Desk | null> {
  const url = gatewayUrl(connection)
  if (url === null) return null
  const client = createAdminClient(url, await adminToken(url, connection))
  return { client, [Symbol.asyncDispose]: () => Promise.resolve() }
}

async function openHere(config: Config): Promise<Desk> {
  // Whoever has a gateway to ask does not wait for one to be loaded.
  const { createOwnDoor } = await import('./own-door.ts')
  const { openOwn } = await import('./own-ports.node.ts')
  const own = await openOwn(config)
  const { ports } = own
  const door = createOwnDoor({ ports, actor: cliActor(), random: createPooledRandom() })
  return { client: askThrough(door), [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
}

/** @throws UsageError with a line for each variable that is wrong. */
export async function readConfigOf({
  environment,
}: Pick<Connection, 'environment'>): Promise<Config> {
  const read = await readStartConfig(environment, 'node')
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  return read.value.config
}
