/**
 * Who is one caller to a rollout: the session, else the person, else the conversation, else the app. I/O through the caller,
 * who may have to read a body for it: only where the answer hangs on it.
 */
import type { Caller } from '../../policy/repository.ts'
import { ROLLOUT_UNITS, type RolloutUnit } from '../../policy/section.ts'

export type Unit = { readonly kind: RolloutUnit; readonly value: string | null }

const VALUES: Readonly<
  Record<RolloutUnit, (caller: Caller) => string | null | Promise<string | null>>
> = {
  session: ({ session }) => session,
  user: (caller) => caller.user(),
  conversation: (caller) => caller.conversation(),
  app: () => null,
}

/** The first unit from `first` on that the request tells of; the app where it tells of none. */
export async function unitOf(caller: Caller, first: RolloutUnit = 'session'): Promise<Unit> {
  for (const kind of ROLLOUT_UNITS.slice(ROLLOUT_UNITS.indexOf(first))) {
    const value = await VALUES[kind](caller)
    if (value !== null) return { kind, value }
  }
  return { kind: 'app', value: null }
}
