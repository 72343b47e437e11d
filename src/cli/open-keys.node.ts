/**
 * The keys of a gateway from the command line: its admin surface when a URL is given, else its database.
 * I/O over HTTP or in the database. An admin's token is sent to the named URL alone.
 */
import { createAuditLog } from '../audit/audit-log.ts'
import { readConfig } from '../config.ts'
import { createKeyStore, type KeyRecord, type KeyStore, type NewKey } from '../http/key-store.ts'
import { systemClock, systemRandom } from '../lib/clock.ts'
import { openDatabase } from '../node-platform.node.ts'
import type { Environment } from '../variables.ts'
import { cliActor } from './cli-actor.node.ts'
import { UsageError } from './io.ts'

/** Whoever is at the terminal, or bears the token, is the one who acts. */
export type OpenKeys = Pick<KeyStore, 'list'> & {
  create(key: NewKey): ReturnType<KeyStore['create']>
  revoke(id: string): Promise<boolean>
} & AsyncDisposable

export type OpenKeysOptions = {
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly environment: Environment
}

/** @throws UsageError when a URL comes without a token, or the environment is not valid. */
export async function openKeys({ url, token, environment }: OpenKeysOptions): Promise<OpenKeys> {
  if (url !== undefined) {
    const bearer = token ?? environment.CHAMBERS_TOKEN
    if (!bearer) throw new UsageError('Give an admin token with --token or CHAMBERS_TOKEN')
    return overHttp(url, bearer.trim())
  }
  const read = readConfig(environment, 'node')
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  const database = await openDatabase(read.value.config)
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

function overHttp(url: string, token: string): OpenKeys {
  async function ask(method: string, path: string, body?: object): Promise<Response> {
    const response = await fetch(`${url.replace(/\/+$/, '')}/admin/v1/keys${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (response.ok || response.status === 404) return response
    const { detail } = (await response.json().catch(() => ({}))) as { detail?: string }
    throw new Error(`${url} answered ${response.status}: ${detail ?? response.statusText}`)
  }

  return {
    async create({ mode, policies, ...key }) {
      const body = {
        ...key,
        policies: policies === '*' ? ['*'] : policies,
        ...(mode && { minimumMode: mode }),
      }
      return (await (await ask('POST', '', body)).json()) as { id: string; key: string }
    },
    async list() {
      const { keys } = (await (await ask('GET', '')).json()) as { keys: readonly KeyRecord[] }
      return keys
    },
    revoke: async (id) => (await ask('DELETE', `/${encodeURIComponent(id)}`)).ok,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
