/**
 * Opens the policies of a gateway for the command line: its admin surface when a URL is given, else its database.
 * I/O over HTTP or in the database.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../start/config.ts'
import { readStartConfig } from '../../start/key-sets.ts'
import { prepareLocalSigner } from '../../start/node/first-start.node.ts'
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { createAdminClient } from '../shell/admin-client.ts'
import { adminToken, type Connection, gatewayUrl } from '../shell/admin-token.node.ts'
import { UsageError } from '../shell/io.ts'
import type { OpenControl } from './control.ts'
import { openControlInDatabase } from './control-in-database.node.ts'
import { createControlOverHttp } from './control-over-http.ts'

/** @throws UsageError where the environment is not valid, or a URL comes without a token. */
export async function openControl(connection: Connection): Promise<OpenControl> {
  return overHttp(connection) ?? inDatabase(await configOf(connection))
}

/** The same, or null where neither a URL was given nor a database is there yet. */
export async function openControlIfAny(connection: Connection): Promise<OpenControl | null> {
  const control = overHttp(connection)
  if (control) return control
  const config = await configOf(connection)
  const isThere = config.databaseUrl !== null || existsSync(join(config.dataDir, 'chambers.db'))
  return isThere ? inDatabase(config) : null
}

function overHttp(connection: Connection): OpenControl | null {
  const url = gatewayUrl(connection)
  if (url === null) return null
  const client = createAdminClient(url, adminToken(url, connection))
  return createControlOverHttp(client, async () => (await loadPolicies()).bundles)
}

async function inDatabase(config: Config): Promise<OpenControl> {
  return openControlInDatabase(config, config.signers ?? (await localSigners(config)))
}

/** As the gateway has them that runs on this folder. */
async function localSigners({ dataDir }: Config) {
  const { keys } = await prepareLocalSigner(dataDir)
  return keys
}

async function configOf({ environment }: Connection): Promise<Config> {
  const read = await readStartConfig(environment, 'node')
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  return read.value.config
}
