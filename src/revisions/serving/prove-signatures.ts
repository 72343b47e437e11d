/**
 * Whether the signatures of a stored revision are good, and by which keys: those of now, those fetched last, or those that
 * were good when it was proved before. I/O through its ports. For what is stored alone: an admission asks the keys of now.
 */
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { VerifiedRevision, VerifyRevision } from '../registry.ts'
import type { Envelope } from '../revision.ts'
import type { RememberedSigners } from '../signing/remembered-signers.ts'
import type { Proofs } from './proofs.ts'
import type { RevisionName, SourceProblem, Trust } from './proven.ts'

export type ProveSignatures = (
  envelope: Envelope,
  name: RevisionName,
) => Promise<Result<Trust, SourceProblem>>

export function createProveSignatures(ports: {
  readonly verify: VerifyRevision
  /** Null where the keys are given, and never out of reach. */
  readonly remembered: RememberedSigners | null
  readonly proofs: Proofs
}): ProveSignatures {
  const { verify, remembered, proofs } = ports

  const proveByMemory: ProveSignatures = async (envelope, name) => {
    const verified = (await remembered?.verify(envelope)) ?? null
    if (verified?.ok) return fitting(verified.value, name, 'remembered')
    if (!(await proofs.has(name, envelope))) return fail('signers_unavailable')
    return succeed(verified ? 'retired' : 'remembered')
  }

  return async function proveSignatures(envelope, name) {
    let verified: Awaited<ReturnType<VerifyRevision>>
    try {
      verified = await verify(envelope)
    } catch {
      return proveByMemory(envelope, name)
    }
    if (verified.ok) return fitting(verified.value, name, 'current')
    return (await proofs.has(name, envelope)) ? succeed('retired') : fail('signature_invalid')
  }
}

/** The weakest of several. */
export function trustOf(parts: readonly { readonly trust: Trust }[]): Trust {
  const order: readonly Trust[] = ['retired', 'remembered', 'current']
  return order.find((trust) => parts.some((part) => part.trust === trust)) ?? 'current'
}

/** What is stored bore good signatures alone when it was: one whose key is unknown by now is of somebody who has left. */
function fitting(
  { payload, passedOver }: VerifiedRevision,
  { policy, number, digest }: RevisionName,
  trust: Trust,
): Result<Trust, SourceProblem> {
  const fits = payload.policy === policy && payload.revision === number && payload.digest === digest
  if (!fits) return fail('payload_mismatch')
  const hasLeft = passedOver.some(({ code }) => code === 'signer_unknown')
  return succeed(hasLeft ? 'retired' : trust)
}
