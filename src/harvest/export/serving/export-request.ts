/** An export that is asked of a gateway, its reply, and why there is none. Types and words, no I/O. */
import type { Bytes } from '../../../lib/compression.ts'
import type { Result } from '../../../lib/result.ts'
import type { TranscriptFilter } from '../../../transcript/store/list.ts'
import type { KnownTexts } from '../examples/contamination.ts'
import type { ExportOptions } from '../export-parameters.ts'
import { type AskedIncrement, INCREMENT_REFUSALS } from '../increment/increment.ts'

export const EXPORT_REFUSALS = [
  'sealed',
  'busy',
  'too_many',
  'no_codec',
  'subject_deleted',
  'left',
  ...INCREMENT_REFUSALS,
] as const

export type ExportRequest = {
  readonly actor: string
  readonly filter: TranscriptFilter
  /** True for a policy that may be named to the actor though no row of theirs was made under it. */
  readonly seesPolicy: (id: string) => boolean
  readonly options: ExportOptions
  readonly increment: AskedIncrement
  readonly as: 'rows' | 'parts' | 'manifest' | 'card' | 'tombstones'
  /** True where records that are sealed will do. */
  readonly takesSealed: boolean
  /** Fires when whoever asks is gone. */
  readonly signal: AbortSignal
}

export type ExportReply = {
  /** As it was noted; null where content of nobody is in it. */
  readonly id: string | null
  /** The number up to which the store was read. */
  readonly through: number
  readonly body: ReadableStream<Bytes> | string
}

/**
 * `since_…` and `after_ahead`: there is nothing to go on from. `sealed`: the private key is elsewhere. `busy`: one is under way. `too_many`: this platform compares fewer. `no_codec`: nor
 * does it compress so. `left`: nobody waits for it any more.
 */
export type ExportRefusal = {
  readonly reason: (typeof EXPORT_REFUSALS)[number]
  /** For people, where the reason alone does not say it. */
  readonly message?: string
}

/** Gives the rows of an export once it is noted. @throws DatabaseError when the database does not answer. */
export type ServeExport = (request: ExportRequest) => Promise<Result<ExportReply, ExportRefusal>>

export type ExportPorts = {
  readonly serveExport: ServeExport
  /** What prompts are searched for. */
  readonly exportTexts: () => Promise<KnownTexts>
}
