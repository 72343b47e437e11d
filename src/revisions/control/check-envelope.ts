/**
 * What a proved revision must be before its contents matter: signed by enough people, in time, under a new number. Pure.
 * How many signatures are enough is for the revision to say that serves now, never for the one that is to follow it.
 */
import type { SignatureSettings } from '../../policy/section.ts'
import type { AdmissionProblem, VerifiedRevision } from '../registry.ts'
import type { RevisionPayload } from '../revision.ts'

type Problems = readonly AdmissionProblem[]

export function checkSigners(
  signers: VerifiedRevision['signers'],
  { required, signers: listed }: SignatureSettings,
): Problems {
  const counted = signers.filter(({ kid }) => listed.length === 0 || listed.includes(kid))
  if (counted.length >= required) return []
  const among = listed.length === 0 ? 'different keys' : `of the keys ${listed.join(', ')}`
  const message = `Have it signed by ${required} ${among}: it bears ${counted.length} that count`
  return [{ code: 'signatures_missing', message, pointer: '/jws/signatures' }]
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

export function checkNumber(
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
  if (takenBy !== null) {
    const message = `Sign it under a number of its own: ${takenBy} pushed another revision as ${revision}`
    problems.push({ code: 'number_taken', message, pointer })
  }
  return problems
}
