/** Revisions of the fixture policy for a swap drill, each with its edition in every prompt: signed, and pushed over HTTP. */
import { setTimeout as pause } from 'node:timers/promises'
import type { JsonValue } from '../../src/lib/json.ts'
import { compilePolicy } from '../../src/policy/bundle.ts'
import type { Bundle } from '../../src/policy/section.ts'
import { gardenFiles } from '../unit/policy/garden.ts'
import { revise, type Signer, signedRevision, testsOf } from './revisions.ts'
import type { Speaker } from './speaker.ts'
import {
  type DrillReport,
  type DrillRevision,
  type DrillTarget,
  editionMark,
  runSwapDrill,
  subjectOf,
} from './swap-drill.ts'
import type { Script } from './upstream.ts'

/** The policy that is swapped. */
export const DRILL_POLICY = 'garden'

/** Pushes so many revisions, the edition of each its number, and gives them in order. */
export async function pushEditions(
  { urls, adminToken }: Pick<DrillTarget, 'urls' | 'adminToken'>,
  { signer, count }: { readonly signer: Signer; readonly count: number },
): Promise<readonly DrillRevision[]> {
  const { compiled } = await compilePolicy(gardenFiles)
  if (!compiled) throw new Error('The fixture policy does not compile')
  const tests = testsOf(gardenFiles)
  const pushed: DrillRevision[] = []
  for (let number = 1; number <= count; number++) {
    const bundle = await editionOf(compiled.bundle, number)
    const body = await submissionOf({ signer, bundle, tests, number })
    const response = await fetch(`${urls[0]}/admin/v1/policies/${DRILL_POLICY}/revisions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await adminToken(subjectOf(number))}`,
        'content-type': 'application/json',
      },
      body,
    })
    const text = await response.text()
    if (response.status !== 201) throw new Error(`Push ${number}: ${response.status} ${text}`)
    pushed.push({ number, digest: bundle.digest })
  }
  return pushed
}

/** Every summary names the edition: summaries go with each draft and each review. */
function editionOf(bundle: Bundle, edition: number): Promise<Bundle> {
  return revise(bundle, (content) => ({
    ...content,
    sections: content.sections.map((section) => ({
      ...section,
      summary: `${section.summary} ${editionMark(edition)}`,
    })),
  }))
}

async function submissionOf(options: {
  readonly signer: Signer
  readonly bundle: Bundle
  readonly tests: JsonValue
  readonly number: number
}): Promise<string> {
  const { signer, ...rest } = options
  const { jws, bundle, tests } = await signedRevision({ ...rest, signers: [signer] })
  return JSON.stringify({ jws, bundle, tests })
}

/** As long as a quick model takes: so that requests are under way through several swaps, and waiting is what most of them do. */
const MODEL_MS = 500

/** The speaker as a model server that takes its time. */
export function unhurried({ script }: Speaker): Script {
  return async (request) => {
    await pause(MODEL_MS)
    return script(request)
  }
}

/** Pushes the revisions and swaps them one after the other. */
export async function drillSwaps(options: {
  readonly target: DrillTarget
  readonly signer: Signer
  readonly swaps: number
  readonly speaker: Speaker
  readonly concurrency: number
  /** Sets this drill's requests apart from those of another one. */
  readonly name: string
}): Promise<DrillReport> {
  const { target, signer, swaps, speaker, concurrency, name } = options
  const revisions = await pushEditions(target, { signer, count: swaps + 1 })
  return runSwapDrill({
    target,
    policy: DRILL_POLICY,
    revisions,
    speaker,
    concurrency,
    name,
    pauseMs: 10,
  })
}
