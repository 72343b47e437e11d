/** What people are told of a revision that bears signatures: whose, how many are wanted, and what to do next. Pure. */
import { decodeProtectedHeader } from 'jose'
import type { SignatureSettings } from '../../policy/section.ts'
import type { RevisionSubmission } from '../../revisions/control/control.ts'
import type { Envelope, RevisionPayload } from '../../revisions/revision.ts'
import { printable } from '../../text/printable.ts'
import type { Io } from '../shell/io.ts'
import { nextCommand } from '../shell/next-command.ts'

/** Whose signatures an envelope claims to bear; whether it does is for a gateway to prove. */
export function claimedSigners({ payload, signatures }: Envelope): readonly string[] {
  return signatures.map((signature) => {
    try {
      return decodeProtectedHeader({ payload, ...signature }).kid ?? '?'
    } catch {
      return '?'
    }
  })
}

/** How many more the revision that serves asks for; one is always wanted. */
export function missingSignatures(
  signers: readonly string[],
  signatures: SignatureSettings | null,
): number {
  const { required, signers: listed } = signatures ?? { required: 1, signers: [] }
  const counted = [...new Set(signers)].filter((kid) => listed.length === 0 || listed.includes(kid))
  return Math.max(0, required - counted.length)
}

/** What to do with a file once enough people have signed it: only a rollback comes without contents. */
export function onceSigned(
  {
    submission,
    payload,
  }: { readonly submission: RevisionSubmission; readonly payload: RevisionPayload },
  file: string,
): readonly string[] {
  const { policy } = payload
  const isRollback = submission.files === null && submission.bundle === null
  return isRollback ? ['policy', 'rollback', policy, '--file', file] : ['policy', 'push', file]
}

/** The envelope without somebody's signature. @throws Error where they did not sign, or nobody else did. */
export function withoutSigner(envelope: Envelope, kid: string): Envelope {
  const signers = claimedSigners(envelope)
  const signatures = envelope.signatures.filter((_, index) => signers[index] !== kid)
  if (signatures.length === signers.length) {
    throw new Error(
      `Name somebody who signed it (${printable(signers.join(', '))}): ${printable(kid)}`,
    )
  }
  if (signatures.length > 0) return { ...envelope, signatures }
  throw new Error(
    `Have somebody else sign it first: it bears the signature of ${printable(kid)} alone`,
  )
}

export type WhatNext = {
  readonly file: string
  readonly signers: readonly string[]
  readonly signatures: SignatureSettings | null
  /** What to do with it once it is signed. */
  readonly onceSigned: readonly string[]
  readonly url: string | undefined
}

export function printWhatNext(
  { file, signers, signatures, onceSigned, url }: WhatNext,
  io: Io,
): void {
  const missing = missingSignatures(signers, signatures)
  if (missing === 0) {
    io.stderr(`Next:\n${nextCommand(onceSigned, { url })}`)
    return
  }
  const { required = 1, signers: listed = [] } = signatures ?? {}
  const among = listed.length === 0 ? '' : ` of ${listed.map(printable).join(', ')}`
  io.stderr(
    `It wants ${required} signatures${among}, and bears ${required - missing}. Next, somebody else:\n`,
  )
  io.stderr(nextCommand(['policy', 'sign', '--add', file, '--key', 'KEY'], { url }))
  io.stderr('Or push it now, so that they find it there:\n')
  io.stderr(nextCommand(['policy', 'push', file], { url }))
}
