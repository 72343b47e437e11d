/** Signed revisions of a policy that costs next to nothing, in as many wordings as there are numbers. No I/O. */

import { PUSHED_POLICY } from './push-revisions.ts'
import { contentOf, reworded, type Signer, signedEnvelope, smallPolicy } from './revisions.ts'

const original = smallPolicy()

/** The digest of a wording. */
export async function digestOfText(text: number): Promise<string> {
  return (await reworded((await original).bundle, text)).digest
}

/** What is signed under a number: the wording of the same number when no other is named. */
export async function smallEnvelope(signer: Signer, number: number, text = number) {
  const { bundle, tests } = await original
  return signedEnvelope({
    signers: [signer],
    bundle: await reworded(bundle, text),
    tests,
    number,
    payload: { policy: PUSHED_POLICY },
  })
}

/** What one person signs to go back to the wording of another number. */
export async function smallStop(
  signer: Signer,
  number: number,
  to: { text: number; active: string },
) {
  const { bundle, tests } = await original
  return signedEnvelope({
    signers: [signer],
    bundle: await reworded(bundle, to.text),
    tests,
    number,
    payload: { policy: PUSHED_POLICY, note: 'Too strict', supersedes: to.active, stop: true },
  })
}

/** All that is sent to push it. */
export async function smallSubmission(signer: Signer, number: number, text = number) {
  const { bundle, tests } = await original
  const jws = await smallEnvelope(signer, number, text)
  return { jws, bundle: contentOf(await reworded(bundle, text)), tests }
}
