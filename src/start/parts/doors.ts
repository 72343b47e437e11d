/**
 * What stands before every route: which pages may ask and by which name, from where a request comes, and how much all may hold.
 * Made once per process or isolate.
 */
import { type BytesInFlight, createBytesInFlight } from '../../http/bytes-in-flight.ts'
import { createPages, type Pages } from '../../http/pages.ts'
import type { GatewayContext } from '../../v1/exchange.ts'
import { READABLE_HEADERS } from '../../v1/passed-headers.ts'
import type { Config } from '../config.ts'
import type { Bounds, Platform } from '../platform.ts'

export type Doors = {
  readonly pages: Pages
  /** This machine alone may ask. */
  readonly loopbackOnly: boolean
  /** From where a request comes; null where nothing tells. */
  readonly addressOf: (c: GatewayContext) => string | null
  readonly bytesInFlight: BytesInFlight
  readonly maxBodyBytes: number
}

export type DoorsOptions = {
  readonly config: Pick<Config, 'loopback' | 'corsOrigins' | 'clientAddressHeader' | 'deadlineMs'>
  readonly platform: Pick<Platform, 'clock' | 'addressOf'>
  readonly bounds: Pick<Bounds, 'maxBodyBytes' | 'bytesInFlight'>
}

/** Behind the deadline there is the writing of a record. */
const LONGEST_AFTER_DEADLINE_MS = 60_000

export function createDoors({ config, platform, bounds }: DoorsOptions): Doors {
  const { loopback, corsOrigins, clientAddressHeader, deadlineMs } = config
  return {
    pages: createPages({ origins: corsOrigins, readable: READABLE_HEADERS }),
    loopbackOnly: loopback,
    addressOf:
      clientAddressHeader === null
        ? platform.addressOf
        : (c) => lastOf(c.req.header(clientAddressHeader)),
    bytesInFlight: createBytesInFlight({
      limitBytes: bounds.bytesInFlight,
      longestMs: deadlineMs + LONGEST_AFTER_DEADLINE_MS,
      clock: platform.clock,
    }),
    maxBodyBytes: bounds.maxBodyBytes,
  }
}

/** What the proxy before the gateway has added itself; whatever stands before it, anyone may have written. */
function lastOf(list: string | undefined): string | null {
  return list?.split(',').at(-1)?.trim() || null
}
