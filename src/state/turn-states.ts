/**
 * What providers want back with the turns of a conversation, kept by the gateway between requests: written before an answer is sent,
 * found again by what the client sends of it. I/O through the store. State may be lost, an answer never: nothing here fails a request.
 */
import type { Carried } from '../conversation/carried.ts'
import type { Turn } from '../conversation/turn.ts'
import { isSameWriter, packState, unpackState, type Writer } from './provider-state.ts'
import type { StateEntry, StateStore } from './store.ts'
import { type TurnOwner, turnBefore, turnIdentity } from './turn-key.ts'

/** How long what is of a kind is kept, in milliseconds; 0: not at all. */
export type StateTimes = { readonly turnMs: number; readonly responseMs: number }

/** A turn as the client is given it, and what is kept of it. */
export type SaidTurn = { readonly turn: Turn; readonly carried: Carried }

export type KeptTurns = {
  readonly owner: TurnOwner
  readonly writer: Writer
  /** Wall time of the request, in milliseconds. */
  readonly time: number
  /** The conversation that was answered. */
  readonly turns: readonly Turn[]
  readonly said: readonly SaidTurn[]
}

export type RecalledTurns = Pick<KeptTurns, 'owner' | 'writer' | 'turns'>

export interface TurnStates {
  /** Gives how many were too long to be kept. @throws DatabaseError */
  keep(kept: KeptTurns): Promise<number>
  /** The turns, each with what is kept for it, where this writer wrote it: one query at most. @throws DatabaseError */
  recall(recalled: RecalledTurns): Promise<readonly Turn[]>
}

export type TurnStatesOptions = {
  readonly store: Pick<StateStore, 'put' | 'get'>
  /** Keys the digests, so that whoever has rows alone cannot try what they are of. */
  readonly secret: string
  readonly sha256: (text: string) => string | Promise<string>
  readonly times: StateTimes
}

/** Longer than any reasoning in use; a row holds it, and every request of the conversation reads it. */
export const MAX_STATE_LENGTH = 512 * 1024

/** The latest turns of the assistant's that are looked up: providers look at those of the turn under way, some at a few more. */
const MAX_RECALLED = 256

export function createTurnStates({ store, secret, sha256, times }: TurnStatesOptions): TurnStates {
  const keyOf = async (owner: TurnOwner, turn: Turn, before: Turn | null) => {
    const identity = turnIdentity(owner, turn, before)
    return identity === null ? null : sha256(`${secret}\n${identity}`)
  }

  return {
    async keep({ owner, writer, time, turns, said }) {
      if (times.turnMs === 0) return 0
      const before = turnBefore(turns, turns.length)
      const entries: StateEntry[] = []
      let tooLong = 0
      for (const { turn, carried } of said) {
        const key = await keyOf(owner, turn, before)
        const content = packState(carried, writer, MAX_STATE_LENGTH)
        if (content === null) tooLong++
        if (key === null || content === null) continue
        const { model } = writer
        const expires = time + times.turnMs
        entries.push({ ...owner, kind: 'turn', key, model, created: time, expires, content })
      }
      await store.put(entries)
      return tooLong
    },
    async recall({ owner, writer, turns }) {
      const keys = new Map<number, string>()
      for (let at = turns.length - 1; at >= 0 && keys.size < MAX_RECALLED; at--) {
        const turn = turns[at]
        if (turn?.role !== 'assistant' || turn.carried) continue
        const key = await keyOf(owner, turn, turnBefore(turns, at))
        if (key !== null) keys.set(at, key)
      }
      const place = { tenant: owner.tenant, kind: 'turn' } as const
      const kept = await store.get(place, [...new Set(keys.values())])
      if (kept.size === 0) return turns
      return turns.map((turn, at) => {
        const found = kept.get(keys.get(at) ?? '')
        const unpacked = found ? unpackState(found.content) : null
        if (!unpacked || !isSameWriter(unpacked.writer, writer)) return turn
        return { ...turn, carried: unpacked.carried }
      })
    },
  }
}
