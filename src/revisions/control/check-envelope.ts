/**
 * What an envelope must be before its contents matter: signed for this policy by somebody who may, in time, under a new number.
 * I/O through the verifier alone. Whether enough people signed is asked when it is to serve (`count-signatures.ts`).
 */
import type { Clock } from '../../lib/clock.ts'
import { fail, type Result } from '../../lib/result.ts'
import type {
  AdmissionProblem,
  PolicyState,
  VerifiedRevision,
  VerifyRevision,
} from '../registry.ts'
import type { RevisionPayload } from '../revision.ts'
import type { EnvelopeReading } from '../signing/read-envelope.ts'

/** What an admission is held against. */
export type AdmissionContext = {
  readonly policy: string
  /** Null while nothing of the policy serves. */
  readonly state: PolicyState | null
  /** Who pushed another revision that is kept under the number; null where there is none. */
  readonly takenBy: string | null
}

type Problems = readonly AdmissionProblem[]

/**
 * So far above what is committed a number may be. Numbers only grow, and one signature takes one, in a stop even for good: without
 * a bound, one person could take the last there is. Dates and times as numbers are within.
 */
export const FARTHEST = 100_000_000_000_000

/** Everything that is asked of an envelope, whatever it is of: first its signatures, then its times and its number. */
export async function checkEnvelope(
  { verify, clock }: { readonly verify: VerifyRevision; readonly clock: Clock },
  options: { readonly reading: EnvelopeReading; readonly context: AdmissionContext },
): Promise<Result<VerifiedRevision, readonly AdmissionProblem[]>> {
  const { envelope, payload } = options.reading
  const { policy, state, takenBy } = options.context
  if (payload.policy !== policy) {
    const message = `Send it to the policy it is signed for, ${payload.policy}: this is ${policy}`
    return fail([{ code: 'policy_mismatch', message, pointer: '/jws/payload/policy' }])
  }
  const verified = await verify(envelope)
  if (!verified.ok) return verified
  const committed = state?.active ?? 0
  const problems = [
    ...checkTimes(payload, clock.now()),
    ...checkNumber(payload, { committed, takenBy }),
  ]
  return problems.length > 0 ? fail(problems) : verified
}

/** That its time has come is asked when it is activated, not before. */
export function checkTimes({ notBefore, expires }: RevisionPayload, now: number): Problems {
  if (expires === undefined) return []
  const pointer = '/jws/payload/expires'
  if (Date.parse(expires) <= Date.parse(notBefore)) {
    const message = `Sign it with an end after its beginning: ${expires} is not after ${notBefore}`
    return [{ code: 'times_reversed', message, pointer }]
  }
  if (Date.parse(expires) > now) return []
  return [
    { code: 'expired', message: `Sign it again with a later end: ${expires} is over`, pointer },
  ]
}

function checkNumber(
  { revision }: RevisionPayload,
  options: { readonly committed: number; readonly takenBy: string | null },
): Problems {
  const { committed, takenBy } = options
  const pointer = '/jws/payload/revision'
  const problems: AdmissionProblem[] = []
  if (revision <= committed) {
    const message = `Sign it under a number above ${committed}, which is committed: got ${revision}`
    problems.push({ code: 'number_replayed', message, pointer })
  }
  if (revision - committed > FARTHEST) {
    const message = `Sign it under a number up to ${committed + FARTHEST}: numbers only grow, and whoever takes the last ones leaves none to anybody`
    problems.push({ code: 'number_far', message, pointer })
  }
  if (takenBy !== null) {
    const message = `Sign it under a number of its own: ${takenBy} pushed another revision as ${revision}`
    problems.push({ code: 'number_taken', message, pointer })
  }
  return problems
}
