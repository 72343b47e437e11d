/** A stored revision once it is proved: by which name, and by whose keys; and why one is not. Types only. */
import type { Bundle } from '../../policy/section.ts'
import type { Envelope } from '../revision.ts'

/**
 * `current`: by keys that may sign now. `remembered`: these are out of reach, and it is good by what is kept of them.
 * `retired`: a key that signed it may sign no more, and it was proved while that one could.
 */
export type Trust = 'current' | 'remembered' | 'retired'

/** Why the newest revision of a policy does not serve. */
export type SourceProblem =
  | 'database_unavailable'
  | 'revision_missing'
  | 'revision_malformed'
  | 'signature_invalid'
  | 'signers_unavailable'
  /** The envelope is of another policy, number or digest. */
  | 'payload_mismatch'
  | 'content_missing'
  | 'content_malformed'
  | 'digest_mismatch'
  /** Below, or another than, what was committed before. */
  | 'number_replayed'

export type ProvenRevision = {
  readonly bundle: Bundle
  readonly envelope: Envelope
  readonly trust: Trust
}

export type RevisionName = {
  readonly policy: string
  readonly number: number
  readonly digest: string
}
