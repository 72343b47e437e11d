/**
 * The keys of a gateway from the command line: its admin surface when a URL is given, else its database.
 * I/O over HTTP or in the database. An admin's token is sent to the named URL alone.
 */

import type { KeyRecord } from '../../access/key-record.ts'
import { createKeyStore, type KeyStore, type NewKey } from '../../access/key-store.ts'
import { createAuditLog } from '../../audit/audit-log.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import { type AdminClient, createAdminClient } from '../shell/admin-client.ts'
import { adminToken, type Connection, gatewayUrl } from '../shell/admin-token.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { configOf } from '../shell/config-of.ts'

/** Whoever is at the terminal, or bears the token, is the one who acts. */
export type OpenKeys = Pick<KeyStore, 'list'> & {
  create(key: NewKey): ReturnType<KeyStore['create']>
  revoke(id: string): Promise<boolean>
} & AsyncDisposable

/** @throws UsageError when a URL comes without a token, or the environment is not valid. */
export async function openKeys(connection: Connection): Promise<OpenKeys> {
  const url = gatewayUrl(connection)
  if (url !== null) return overHttp(createAdminClient(url, adminToken(url, connection)))
  const database = await openDatabase(configOf(connection.environment))
  const clock = systemClock
  const audit = createAuditLog({ database, clock })
  const keys = createKeyStore({ database, audit, clock, random: systemRandom })
  const actor = cliActor()
  return {
    create: (key) => keys.create(key, actor),
    list: () => keys.list(),
    revoke: (id) => keys.revoke(id, actor),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

function overHttp(client: AdminClient): OpenKeys {
  return {
    async create({ mode, policies, ...key }) {
      const body = {
        ...key,
        policies: policies === '*' ? ['*'] : policies,
        ...(mode && { minimumMode: mode }),
      }
      const { value } = await client.ask({ method: 'POST', path: '/keys', body })
      return value as { readonly id: string; readonly key: string }
    },
    async list() {
      const { value } = await client.ask({ path: '/keys' })
      return (value as unknown as { readonly keys: readonly KeyRecord[] }).keys
    },
    async revoke(id) {
      const asked = { method: 'DELETE', path: `/keys/${encodeURIComponent(id)}` } as const
      return (await client.ask(asked, ['not_found'])).ok
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
