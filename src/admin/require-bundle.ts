/** A bundle by what people call it: a revision's number, 0 for the one built in, or how its digest begins. I/O through the port. */
import type { Bundle } from '../policy/section.ts'
import type { PolicyControl } from '../revisions/control/control.ts'
import { MAX_PAGE } from './common-schemas.ts'
import { AdminProblem } from './problem.ts'

type Control = Pick<PolicyControl, 'bundle' | 'revisions'>

/** @throws AdminProblem `not_found`, or `invalid_request` where the name fits two bundles. */
export async function requireBundle(
  control: Control,
  policy: string,
  { name, parameter }: { readonly name: string; readonly parameter: string },
): Promise<Bundle> {
  const number = /^\d{1,15}$/.test(name)
    ? Number(name)
    : await numberByDigest(control, policy, { prefix: name, parameter })
  const bundle = number === null ? null : await control.bundle(policy, number)
  if (!bundle) throw new AdminProblem('not_found', `No such revision: ${parameter}`)
  return bundle
}

/** The newest one, where several numbers bear one digest. */
async function numberByDigest(
  control: Control,
  policy: string,
  { prefix, parameter }: { readonly prefix: string; readonly parameter: string },
): Promise<number | null> {
  const found = new Map<string, number>()
  const note = (digest: string, number: number) => {
    if (digest.startsWith(prefix) && !found.has(digest)) found.set(digest, number)
  }
  for (let before: number | null = null; ; ) {
    const page = await control.revisions(policy, { before, limit: MAX_PAGE })
    for (const { digest, number } of page) note(digest, number)
    if (page.length < MAX_PAGE) break
    before = page.at(-1)?.number ?? 0
  }
  const builtIn = await control.bundle(policy, 0)
  if (builtIn) note(builtIn.digest, 0)
  if (found.size > 1) {
    const message = 'Send more of the digest: several revisions have one that begins so'
    throw new AdminProblem('invalid_request', 'Change the query as the problems say', {
      members: { problems: [{ code: 'field_invalid', message, parameter }] },
    })
  }
  return [...found.values()][0] ?? null
}
