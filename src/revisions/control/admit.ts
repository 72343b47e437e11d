/**
 * Whether a revision may ever be activated. In this order, telling everything that is wrong at a stage before it stops:
 *
 * 1. its signatures, and that enough people signed;
 * 2. its times and its number;
 * 3. its contents, against the digests that were signed;
 * 4. the rules of `chambers policy check`;
 * 5. the golden cases.
 *
 * What cannot be read as a revision does not come this far. I/O through its ports. It keeps nothing and changes nothing.
 */
import type { Clock } from '../../lib/clock.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { SignatureSettings } from '../../policy/section.ts'
import type {
  AdmissionProblem,
  AdmissionReport,
  PolicyState,
  VerifiedRevision,
  VerifyRevision,
} from '../registry.ts'
import type { RevisionPayload } from '../revision.ts'
import type { EnvelopeReading } from '../signing/read-envelope.ts'
import { bounded } from './bounded-problems.ts'
import { checkNumber, checkSigners, checkTimes } from './check-revision.ts'
import type { RevisionSubmission } from './control.ts'
import { type Contents, readContents } from './read-contents.ts'
import { type RunTestsPorts, runTests, type TestRun } from './run-tests.ts'

export type AdmitPorts = RunTestsPorts & {
  readonly verify: VerifyRevision
  readonly clock: Clock
  readonly findContent: (digest: string) => Promise<JsonValue | null>
}

/** What an admission is held against. */
export type Standing = {
  readonly policy: string
  /** Null while nothing of the policy serves. */
  readonly state: PolicyState | null
  /** What the bundle that serves asks for. */
  readonly signatures: SignatureSettings
  /** Who pushed another revision that is kept under the number; null where there is none. */
  readonly takenBy: string | null
}

export type Refusal = {
  readonly payload: RevisionPayload
  readonly problems: readonly AdmissionProblem[]
}

export type Admitted = {
  readonly verified: VerifiedRevision
  readonly contents: Contents
  readonly report: AdmissionReport
}

export async function admit(
  ports: AdmitPorts,
  options: {
    readonly reading: EnvelopeReading
    readonly submission: RevisionSubmission
    readonly standing: Standing
  },
): Promise<Result<Admitted, Refusal>> {
  const { reading, submission, standing } = options
  const { payload } = reading
  const proved = await proveRevision(ports, { reading, standing })
  if (!proved.ok) return fail({ payload, problems: proved.failure })
  const contents = await readContents({
    policy: standing.policy,
    submission,
    signed: payload,
    findContent: ports.findContent,
  })
  if (!contents.ok) return fail({ payload, problems: contents.failure })
  const tests = await runTests(contents.value, ports)
  if (tests.problems.length > 0) return fail({ payload, problems: tests.problems })
  const warnings = [
    ...supersedesWarning(payload, standing.state),
    ...contents.value.warnings,
    ...tests.warnings,
  ]
  const report = reportOf({ verified: proved.value, tests, warnings })
  return succeed({ verified: proved.value, contents: contents.value, report })
}

/** Stages 1 and 2: everything that is asked of an envelope, whatever it is of. */
export async function proveRevision(
  { verify, clock }: Pick<AdmitPorts, 'verify' | 'clock'>,
  options: { readonly reading: EnvelopeReading; readonly standing: Standing },
): Promise<Result<VerifiedRevision, readonly AdmissionProblem[]>> {
  const { envelope, payload } = options.reading
  const { policy, state, signatures, takenBy } = options.standing
  if (payload.policy !== policy) {
    const message = `Send it to the policy it is signed for, ${payload.policy}: this is ${policy}`
    return fail([{ code: 'policy_mismatch', message, pointer: '/jws/payload/policy' }])
  }
  const verified = await verify(envelope)
  if (!verified.ok) return verified
  const unsigned = checkSigners(verified.value.signers, signatures)
  if (unsigned.length > 0) return fail(unsigned)
  const committed = state?.active ?? 0
  const problems = [
    ...checkTimes(payload, clock.now()),
    ...checkNumber(payload, { committed, takenBy }),
  ]
  return problems.length > 0 ? fail(problems) : verified
}

export function reportOf(options: {
  readonly verified: VerifiedRevision
  readonly tests: Pick<TestRun, 'report'>
  readonly warnings: readonly AdmissionProblem[]
}): AdmissionReport {
  const { verified, tests, warnings } = options
  return {
    signers: verified.signers.map(({ kid }) => kid),
    ...tests.report,
    warnings: bounded(warnings).map(sentenceOf),
  }
}

/** A warning as one sentence, with its place before it where it has one. */
function sentenceOf({ message, file, line, pointer }: AdmissionProblem): string {
  const place = file === undefined ? pointer : line === undefined ? file : `${file}:${line}`
  return place === undefined ? message : `${place}: ${message}`
}

function supersedesWarning(
  { supersedes }: RevisionPayload,
  state: PolicyState | null,
): readonly AdmissionProblem[] {
  const active = state?.activeDigest ?? null
  if (supersedes === active) return []
  const message = `Compare it with what serves now: it was written to follow ${supersedes ?? 'nothing'}, and ${active ?? 'nothing'} is active`
  return [{ code: 'supersedes_other', message, pointer: '/jws/payload/supersedes' }]
}
