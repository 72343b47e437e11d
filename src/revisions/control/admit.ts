/**
 * Whether a revision may ever be activated. In this order, telling everything that is wrong at a stage before it stops:
 *
 * 1. its signatures (`check-envelope.ts`): of somebody who may; whether they are enough is asked at its activation;
 * 2. its times and its number (there, too);
 * 3. its contents, against the digests that were signed (`read-contents.ts`);
 * 4. the rules of `chambers policy check` (there, too);
 * 5. the golden cases (`run-tests.ts`).
 *
 * What cannot be read as a revision does not come this far. I/O through its ports. It keeps nothing and changes nothing.
 */
import type { Clock } from '../../lib/clock.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
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
import { type AdmissionContext, checkEnvelope } from './check-envelope.ts'
import type { RevisionSubmission } from './control.ts'
import { type Contents, readContents } from './read-contents.ts'
import { type RunTestsPorts, runTests, type TestRun } from './run-tests.ts'

export type AdmitPorts = RunTestsPorts & {
  readonly verify: VerifyRevision
  readonly clock: Clock
  readonly findContent: (digest: string) => Promise<JsonValue | null>
  /** Tells of signatures that do not count what is known of who made them. */
  readonly tellSigners: (
    problems: readonly AdmissionProblem[],
  ) => Promise<readonly AdmissionProblem[]>
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
    readonly context: AdmissionContext
  },
): Promise<Result<Admitted, Refusal>> {
  const { reading, submission, context } = options
  const { payload } = reading
  const verified = await checkEnvelope(ports, { reading, context })
  if (!verified.ok) return fail({ payload, problems: verified.failure })
  const contents = await readContents({
    policy: context.policy,
    submission,
    signed: payload,
    findContent: ports.findContent,
  })
  if (!contents.ok) return fail({ payload, problems: contents.failure })
  const tests = await runTests(contents.value, ports)
  if (tests.problems.length > 0) return fail({ payload, problems: tests.problems })
  const warnings = [
    ...(await ports.tellSigners(verified.value.passedOver)),
    ...supersedesWarning(payload, context.state),
    ...contents.value.warnings,
    ...tests.warnings,
  ]
  const report = reportOf({ verified: verified.value, tests, warnings })
  return succeed({ verified: verified.value, contents: contents.value, report })
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
function sentenceOf({ message, file, line, pointer, signer }: AdmissionProblem): string {
  if (signer !== undefined) return message
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
