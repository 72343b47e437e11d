/**
 * What a client carries for the gateway to the next turn: tokens that only the gateway can open, bound to a tenant and an end, with
 * the digest of the policy noted inside. No I/O. What is in a token never leaves but sealed.
 */
import type { Carried } from '../conversation/carried.ts'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { packState, type UnpackedState, unpackState, type Writer } from './provider-state.ts'
import type { StateSeal } from './seal.ts'

export type TokenContent = {
  readonly tenant: string
  /** Wall time in milliseconds. */
  readonly expires: number
  /** The digest of the policy that the turn was deliberated under. */
  readonly policy: string
  readonly writer: Writer
  /** Null where the provider wants nothing back. */
  readonly carried: Carried | null
}

export type OpenedToken = {
  readonly expires: number
  readonly policy: string
  /** Null where nothing is to be put back. */
  readonly state: UnpackedState | null
}

export interface CarriedTokens {
  /** What is too long for a token is left out of it: `isWhole` is false then. */
  seal(content: TokenContent): Promise<{ readonly token: string; readonly isWhole: boolean }>
  /** Fails for what was forged, altered, or sealed for another tenant or by another gateway. */
  open(token: string, tenant: string): Promise<Result<OpenedToken, 'foreign'>>
}

/** Of its content, in characters: a client sends every token of a conversation with each request. */
const MAX_CONTENT_LENGTH = 256 * 1024
/** Of a token: content in UTF-8 and base64, and what is around it. Longer ones are not tried. */
export const MAX_TOKEN_LENGTH = 2 * 1024 * 1024

export function createCarriedTokens(seal: StateSeal): CarriedTokens {
  return {
    async seal({ tenant, expires, policy, writer, carried }) {
      const state = carried && packState(carried, writer, MAX_CONTENT_LENGTH)
      const token = await seal.seal({ expires, policy, state }, purposeOf(tenant))
      return { token, isWhole: carried === null || state !== null }
    },
    async open(token, tenant) {
      if (token.length > MAX_TOKEN_LENGTH) return fail('foreign')
      const opened = await seal.open(token, purposeOf(tenant))
      const content = opened.ok ? readContent(opened.value) : null
      return content ? succeed(content) : fail('foreign')
    },
  }
}

/** Neither another tenant's token nor a row of the store opens as one. */
function purposeOf(tenant: string): readonly string[] {
  return ['client', tenant]
}

function readContent(content: JsonValue): OpenedToken | null {
  if (!isJsonObject(content)) return null
  const { expires, policy, state } = content
  if (typeof expires !== 'number' || typeof policy !== 'string' || state === undefined) return null
  return { expires, policy, state: unpackState(state) }
}
