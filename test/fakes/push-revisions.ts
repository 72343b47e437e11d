/** Revisions of a small policy, signed and pushed over HTTP as a pipeline does it. */
import { reworded, type Signer, signedRevision, smallPolicy } from './revisions.ts'

/** The policy that is pushed. */
export const PUSHED_POLICY = 'small'

export type PushedRevision = { readonly number: number; readonly digest: string }

/** Pushes so many, each in other words, numbered from 1. */
export async function pushRevisions(
  { url, adminToken }: { readonly url: string; readonly adminToken: string },
  { signer, count }: { readonly signer: Signer; readonly count: number },
): Promise<readonly PushedRevision[]> {
  const { bundle: original, tests } = await smallPolicy()
  const pushed: PushedRevision[] = []
  for (let number = 1; number <= count; number++) {
    const bundle = await reworded(original, number)
    const revision = await signedRevision({ signers: [signer], bundle, tests, number })
    const response = await fetch(`${url}/admin/v1/policies/${PUSHED_POLICY}/revisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jws: revision.jws, bundle: revision.bundle, tests }),
    })
    const text = await response.text()
    if (response.status !== 201) throw new Error(`Push ${number}: ${response.status} ${text}`)
    pushed.push({ number, digest: bundle.digest })
  }
  return pushed
}
