/**
 * The keys that may sign revisions as they were last fetched, kept in the copies for when their address is out of reach.
 * I/O through the port of copies. They prove what is stored already, and for a day at most; they admit nothing, because a
 * key that was taken out meanwhile would still be among them. Public members alone are kept.
 */
import { createLocalJWKSet } from 'jose'
import * as z from 'zod'
import type { Clock } from '../../lib/clock.ts'
import type { Copies } from '../../lib/copies.ts'
import type { JsonValue } from '../../lib/json.ts'
import { checkCopies } from '../checked-copies.ts'
import type { VerifyRevision } from '../registry.ts'
import { type FetchedSigners, verifyWith } from './verify-revision.ts'

export interface RememberedSigners {
  /** Proves with the keys that were fetched last; null where none of this address are kept, or they are too old. */
  verify(...args: Parameters<VerifyRevision>): Promise<Awaited<ReturnType<VerifyRevision>> | null>
  /** How old the keys are that were last proved with. */
  ageMs(): number
  /** True where newer keys were fetched than are kept. */
  isUnkept(): boolean
  /** Keeps what was fetched last. Rejects where the copies do not take it. */
  keep(): Promise<void>
}

const text = z.string().optional()

const keySchema = z.object({
  kty: z.string(),
  kid: text,
  alg: text,
  use: text,
  crv: text,
  x: text,
  y: text,
})

const signersSchema = z.object({
  url: z.string(),
  /** Wall time. */
  fetched: z.number(),
  keys: z.array(keySchema),
})

const NAME = 'signers'
/** Long enough for an outage to be mended; a key that was taken out is good no longer than that. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000
/** The same keys are written again no sooner. */
const RENEW_MS = 10 * 60 * 1000

export function createRememberedSigners(options: {
  readonly url: string
  /** The set that was fetched last by this instance. */
  readonly fetched: () => FetchedSigners | null
  /** What this deployment is called. */
  readonly audience?: string | null | undefined
  readonly copies: Copies
  readonly clock: Clock
}): RememberedSigners {
  const { url, fetched, audience = null, clock } = options
  const { read, write } = checkCopies(options.copies)
  let provedWith = clock.now()
  let kept = { fetched: Number.NEGATIVE_INFINITY, keys: '' }

  const readSigners = async () => {
    const signers = await read(NAME, signersSchema)
    return signers !== null && signers !== 'unreadable' && signers.url === url ? signers : null
  }

  return {
    async verify(jws) {
      try {
        const signers = await readSigners()
        if (!signers || clock.now() - signers.fetched > MAX_AGE_MS) return null
        provedWith = signers.fetched
        return await verifyWith({ findKey: createLocalJWKSet(signers as never), audience }, jws)
      } catch {
        return null
      }
    },
    ageMs: () => Math.max(0, clock.now() - provedWith),
    isUnkept() {
      const now = fetched()
      if (!now) return false
      return now.fetched - kept.fetched >= RENEW_MS || JSON.stringify(publicKeys(now)) !== kept.keys
    },
    async keep() {
      const now = fetched()
      if (!now) return
      const keys = publicKeys(now)
      const before = await readSigners()
      // Instances that share the copies may have fetched them later.
      if (!before || before.fetched < now.fetched) {
        await write(NAME, { url, fetched: now.fetched, keys } as JsonValue)
      }
      kept = { fetched: now.fetched, keys: JSON.stringify(keys) }
    },
  }
}

/** What nobody can read as a key is left out: it proves nothing. */
function publicKeys({ keys }: FetchedSigners) {
  return keys.flatMap((key) => keySchema.safeParse(key).data ?? [])
}
