/** Who is calling, once authenticated: what the caller may choose and what may be kept of it. Types only. */
import type { Mode } from '../policy/section.ts'
import type { Consent } from '../transcript/record/record.ts'

export type Principal = {
  readonly kind: 'key' | 'jwt' | 'open'
  /** The key's id or the token's subject: names the caller in limits, never in a response. */
  readonly id: string
  readonly tenant: string
  readonly app: string
  /** Policy ids the caller may choose from, the first by default; `*` allows any; empty means the configured one. */
  readonly policies: readonly string[]
  /** The weakest mode the caller's requests may run in; null leaves it to the policy. */
  readonly minimumMode: Mode | null
  /** Of this gateway's instance; null for no limit. */
  readonly requestsPerMinute: number | null
  readonly consent: Consent
  readonly scope: readonly string[]
  /** The `sub` of a JWT. */
  readonly subject: string | null
}
