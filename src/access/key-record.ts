/** A gateway key as it is kept: whose it is and what it allows, never the key itself. Types only. */
import type { Mode } from '../policy/section.ts'
import type { Consent } from '../transcript/record/record.ts'

export type KeyRecord = {
  readonly id: string
  readonly tenant: string
  readonly app: string
  /** Policy ids the key may choose from, the first by default; `*` allows any. */
  readonly policies: readonly string[]
  readonly consent: Consent
  /** The weakest mode its requests may run in; null leaves it to the policy. */
  readonly minimumMode: Mode | null
  /** Null for no limit. */
  readonly requestsPerMinute: number | null
  /** Milliseconds since the epoch, like the other times. */
  readonly created: number
  readonly expires: number | null
  readonly revoked: number | null
}
