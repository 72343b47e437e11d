/** Who may ask, and how often: apps by keys and tokens, admins by tokens. Made once per process or isolate. */

import { type AdminStore, createVerifyPerson } from '../../access/admin-store.ts'
import { type BeginAttempt, createBeginAttempt } from '../../access/attempts.ts'
import { type Authenticate, createAuthenticate } from '../../access/authenticate.ts'
import { createFindKey, type KeyStore } from '../../access/key-store.ts'
import { createRateLimit, type LimitRate } from '../../access/rate-limit.ts'
import {
  createTokenVerifier,
  LONGEST_ADMIN_SECONDS,
  type VerifyToken,
} from '../../access/tokens.ts'
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
  readonly admins: Pick<AdminStore, 'findLive'>
}

export function createAccess({ config, platform, keys, admins }: AccessOptions): Access {
  const { auth } = config
  const { clock, sha256 } = platform
  const verifyAdmin = config.admin
    ? createTokenVerifier(config.admin, clock, LONGEST_ADMIN_SECONDS)
    : createVerifyLocal(platform, admins)
  return {
    authenticate: createAuthenticate({
      off: auth.off,
      findKey: auth.keys ? createFindKey(keys) : null,
      verifyToken: auth.jwt && createTokenVerifier(auth.jwt, clock),
      sha256,
    }),
    authenticateAdmin: createAuthenticateAdmin(verifyAdmin),
    limitRate: createRateLimit({ clock }),
    beginAttempt: createBeginAttempt({ clock, sha256 }),
  }
}

/** The admin of a first start, else a person with a token of their own; null where neither is. */
function createVerifyLocal(
  { localAdmin, people }: AccessOptions['platform'],
  admins: AccessOptions['admins'],
): VerifyToken | null {
  if (!people) return localAdmin
  const verifyPerson = createVerifyPerson(people.verify, admins)
  return async (token) => (await localAdmin?.(token)) ?? verifyPerson(token)
}
