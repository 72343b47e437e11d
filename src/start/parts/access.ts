/** Who may ask, and how often: apps by keys and tokens, admins by tokens. Made once per process or isolate. */

import type { AdminStore } from '../../access/admin-store.ts'
import { type BeginAttempt, createBeginAttempt } from '../../access/attempts.ts'
import { type Authenticate, createAuthenticate } from '../../access/authenticate.ts'
import { createFindKey, type KeyStore } from '../../access/key-store.ts'
import { createRateLimit, type LimitRate } from '../../access/rate-limit.ts'
import { createTokenVerifier, LONGEST_ADMIN_SECONDS } from '../../access/tokens.ts'
import { type AuthenticateAdmin, createAuthenticateAdmin } from '../../admin/authenticate-admin.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'

export type Access = {
  readonly authenticate: Authenticate
  readonly authenticateAdmin: AuthenticateAdmin
  readonly limitRate: LimitRate
  readonly beginAttempt: BeginAttempt
}

export type AccessOptions = {
  readonly config: Pick<Config, 'auth' | 'admin'>
  readonly platform: Pick<Platform, 'clock' | 'sha256' | 'localAdmin' | 'people'>
  readonly keys: KeyStore
  readonly admins: Pick<AdminStore, 'find'>
}

export function createAccess({ config, platform, keys, admins }: AccessOptions): Access {
  const { auth } = config
  const { clock, sha256 } = platform
  const verifyAdmin = config.admin
    ? createTokenVerifier(config.admin, clock, LONGEST_ADMIN_SECONDS)
    : platform.localAdmin
  return {
    authenticate: createAuthenticate({
      off: auth.off,
      findKey: auth.keys ? createFindKey(keys) : null,
      verifyToken: auth.jwt && createTokenVerifier(auth.jwt, clock),
      sha256,
    }),
    authenticateAdmin: createAuthenticateAdmin({
      verifyToken: verifyAdmin,
      // Whoever has an issuer of their own lets nobody in by another door.
      people: config.admin === null && platform.people !== null ? admins : null,
      clock,
    }),
    limitRate: createRateLimit({ clock }),
    beginAttempt: createBeginAttempt({ clock, sha256 }),
  }
}
