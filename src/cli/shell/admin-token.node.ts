/**
 * The token with which the command line speaks to a gateway: as given, or the one that a first start on this machine left, made
 * anew where it will not be good for long. File I/O. A token from a file goes to this machine and nowhere else.
 */
import { systemClock } from '../../lib/clock.ts'
import { isLoopback } from '../../lib/loopback.ts'
import { readVariables } from '../../start/variables.ts'
import type { Options } from './declare-command.ts'
import { type Io, UsageError } from './io.ts'

/** How commands are told where to go; without a URL they open the database. */
export const CONNECTION = {
  url: {
    takes: 'URL',
    says: 'The gateway to ask',
    otherwise: 'CHAMBERS_URL, else the database of this machine',
  },
  token: {
    takes: 'TOKEN',
    says: 'An admin token of that gateway',
    otherwise: 'CHAMBERS_TOKEN, else the one of a first start on this machine',
  },
} as const satisfies Options

export type Connection = {
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly environment: Io['environment']
}

/** Where the gateway is; null: its database is opened. */
export function gatewayUrl({ url, environment }: Connection): string | null {
  return (url ?? environment.CHAMBERS_URL) || null
}

/** @throws UsageError where the URL is none, or nobody gave a token. */
export async function adminToken(url: string, { token, environment }: Connection): Promise<string> {
  const address = URL.parse(url)
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new UsageError(`Give --url an http or https URL: ${url}`)
  }
  const given = token ?? environment.CHAMBERS_TOKEN
  if (given) return given.trim()
  const left = isLoopback(address.hostname) ? await ownToken(environment) : null
  if (left) return left
  throw new UsageError(
    'Give an admin token with --token or CHAMBERS_TOKEN: whoever runs the gateway makes you one, by `chambers admins create`',
  )
}

async function ownToken(environment: Io['environment']): Promise<string | null> {
  const read = readVariables(environment)
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  // Whoever brings a token waits for no cryptography.
  const { localToken } = await import('../../start/node/local-admin.node.ts')
  return localToken({ dataDir: read.value.DATA_DIR, clock: systemClock })
}
