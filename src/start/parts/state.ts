/**
 * What conversations carry from one turn to the next: the store of it, what is kept of turns, and the tokens that clients carry. Made
 * once per process or isolate; reads the secret that instances share, and nothing else.
 */
import { base64url } from 'jose'
import { loadSharedSecret } from '../../database/shared-secret.ts'
import { type CarriedTokens, createCarriedTokens } from '../../state/carried-tokens.ts'
import { createStateSeal, type StateKey } from '../../state/seal.ts'
import { createStateStore, type StateStore } from '../../state/store.ts'
import { createTurnStates, type StateTimes, type TurnStates } from '../../state/turn-states.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'

export type State = {
  readonly store: StateStore
  readonly turns: TurnStates
  readonly tokens: CarriedTokens
  readonly times: StateTimes
}

export type StateOptions = {
  readonly config: Pick<Config, 'reasoningKeys' | 'stateTimes'>
  readonly platform: Pick<Platform, 'database' | 'copies' | 'clock' | 'random' | 'sha256'>
}

const SETTING = 'state_key'

/** @throws DatabaseError where the secret is neither in the database nor in the copies. */
export async function createState({ config, platform }: StateOptions): Promise<State> {
  const { database, copies, clock, random, sha256 } = platform
  const secret = await loadSharedSecret({ database, copies, random }, SETTING)
  const [first = await sharedKey(secret, sha256), ...others] = config.reasoningKeys ?? []
  const seal = await createStateSeal([first, ...others])
  const store = createStateStore({ database, seal, clock })
  const times = config.stateTimes
  return {
    store,
    turns: createTurnStates({ store, secret, sha256, times }),
    tokens: createCarriedTokens(seal),
    times,
  }
}

/** Where no other is configured: another text than the one that keys digests. */
async function sharedKey(secret: string, sha256: Platform['sha256']): Promise<StateKey> {
  const digest = await sha256(`seal\n${secret}`)
  const bytes = Uint8Array.from(digest.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  return { kid: 'shared', k: base64url.encode(bytes) }
}
